//! Conditions as the front ends read them: which others have decided before, and what is known where one holds.

use tree_sitter::Node;

use super::builder::{Asked, Builder, Fact, has_calls};

/// Conditions within one another that are looked at.
pub(super) const DEPTH: u32 = 12;

/// What a condition is made of.
pub(super) enum Shape<'t> {
    /// The same condition, in brackets.
    Same(Node<'t>),
    Not(Node<'t>),
    /// Both sides, or one of them.
    Both(Node<'t>, Node<'t>),
    Either(Node<'t>, Node<'t>),
    /// One question, or something that is not looked into.
    One,
}

/// What a front end says of the conditions of its language.
pub(super) trait Conditions {
    fn builder(&mut self) -> &mut Builder;

    fn source(&self, node: Node<'_>) -> &str;

    fn shape<'t>(&self, node: Node<'t>) -> Option<Shape<'t>>;

    /// Whether a constant counts as true, where the condition is one.
    fn known_holds(&mut self, node: Node<'_>) -> Option<Option<bool>>;

    /// What a condition asks, and the answer with which it holds. `members` says that members of objects are the same
    /// throughout the condition, which calls nothing.
    fn asked(&mut self, node: Node<'_>, members: bool, depth: u32) -> Option<(Asked, bool)>;

    /// Whether a condition always or never holds where it stands: by constants, or by conditions that were met before.
    fn constant(&mut self, node: Node<'_>) -> Option<bool> {
        let members = !has_calls(self.source(node));
        self.decided(node, members, DEPTH)
    }

    /// What holds where a condition does, or where it does not.
    fn facts(&mut self, node: Node<'_>, holds: bool) -> Vec<Fact> {
        let members = !has_calls(self.source(node));
        let mut facts = Vec::new();
        self.facts_within(node, holds, members, DEPTH, &mut facts);
        facts
    }

    fn decided(&mut self, node: Node<'_>, members: bool, depth: u32) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        let (left, right, decides) = match self.shape(node)? {
            Shape::Same(inner) => return self.decided(inner, members, depth),
            Shape::Not(inner) => return self.decided(inner, members, depth).map(|h| !h),
            Shape::Both(left, right) => (left, right, false),
            Shape::Either(left, right) => (left, right, true),
            Shape::One => {
                if let Some(holds) = self.known_holds(node) {
                    return holds;
                }
                let (asked, holds) = self.asked(node, members, depth)?;
                return self.builder().answer(&asked).map(|answer| answer == holds);
            }
        };
        let first = self.decided(left, members, depth);
        if first == Some(decides) {
            return first;
        }
        let mut facts = Vec::new();
        self.facts_within(left, !decides, members, depth, &mut facts);
        let before = self.builder().suppose(facts);
        let second = self.decided(right, members, depth);
        self.builder().supposed(before);
        match (first, second) {
            (_, Some(holds)) if holds == decides => Some(decides),
            (Some(_), second) => second,
            _ => None,
        }
    }

    fn facts_within(&mut self, node: Node<'_>, holds: bool, members: bool, depth: u32, facts: &mut Vec<Fact>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let Some(shape) = self.shape(node) else { return };
        let (left, right, is_and) = match shape {
            Shape::Same(inner) => return self.facts_within(inner, holds, members, depth, facts),
            Shape::Not(inner) => return self.facts_within(inner, !holds, members, depth, facts),
            Shape::Both(left, right) => (left, right, true),
            Shape::Either(left, right) => (left, right, false),
            Shape::One => {
                if let Some((asked, is)) = self.asked(node, members, depth) {
                    facts.push(Fact { asked, holds: is == holds });
                }
                return;
            }
        };
        // Both sides are known where none of them could decide alone.
        if holds == is_and {
            self.facts_within(left, holds, members, depth, facts);
            self.facts_within(right, holds, members, depth, facts);
        }
    }
}
