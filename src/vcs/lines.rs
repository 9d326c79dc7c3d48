//! Which lines two versions of a file do not share: the shortest edit (Myers), within bounds.

use rustc_hash::FxHashMap;

/// Lines that are only in one version, counted from 1, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    pub before: Vec<u32>,
    pub after: Vec<u32>,
}

/// Edits beyond which the whole middle counts as changed: the cost grows with its square.
const MAX_EDITS: usize = 1_500;

/// The lines of `before` and `after` that differ; spaces at the end of a line do not count.
#[must_use]
pub fn changed(before: &str, after: &str) -> Changed {
    let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
    let mut number = |text| -> Vec<u32> {
        str::lines(text)
            .map(|line| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(line.trim_end()).or_insert(next)
            })
            .collect()
    };
    let (a, b) = (number(before), number(after));
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (old, new) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    let line = |ix: usize| u32::try_from(start + ix + 1).unwrap_or(u32::MAX);
    let mut kept_old = vec![false; old.len()];
    let mut kept_new = vec![false; new.len()];
    for (x, y) in common(old, new) {
        kept_old[x] = true;
        kept_new[y] = true;
    }
    let rest = |kept: &[bool]| kept.iter().enumerate().filter(|(_, k)| !**k).map(|(ix, _)| line(ix)).collect();
    Changed { before: rest(&kept_old), after: rest(&kept_new) }
}

/// Pairs of equal lines on the shortest edit path; none if it is longer than the bound.
fn common(a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    let (n, m) = (a.len(), b.len());
    if n == 0 || m == 0 {
        return Vec::new();
    }
    let most = (n + m).min(MAX_EDITS);
    // `furthest[k]`: how far into `a` the path on diagonal `k - offset` has come; one copy for each number of edits.
    let offset = most + 1;
    let mut furthest = vec![0_usize; 2 * most + 3];
    let mut history: Vec<Vec<usize>> = Vec::new();
    let back = |x: usize, k: usize| (x + offset).checked_sub(k);
    for edits in 0..=most {
        history.push(furthest[offset - edits..=offset + edits].to_vec());
        for k in (offset - edits..=offset + edits).step_by(2) {
            let down = k == offset - edits || (k != offset + edits && furthest[k - 1] < furthest[k + 1]);
            let mut x = if down { furthest[k + 1] } else { furthest[k - 1] + 1 };
            let Some(mut y) = back(x, k) else { continue };
            while x < n && y < m && a[x] == b[y] {
                (x, y) = (x + 1, y + 1);
            }
            furthest[k] = x;
            if x >= n && y >= m {
                return walk_back(&history, edits, (n, m));
            }
        }
    }
    Vec::new()
}

/// The diagonal steps of the path that the history leads to, from its end.
fn walk_back(history: &[Vec<usize>], edits: usize, end: (usize, usize)) -> Vec<(usize, usize)> {
    let (mut x, mut y) = (end.0.cast_signed(), end.1.cast_signed());
    let mut pairs = Vec::new();
    for d in (1..=edits).rev() {
        // The furthest points after `d - 1` edits, centred.
        let row = &history[d];
        let centre = d.cast_signed();
        let at = |k: isize| row.get((k + centre).cast_unsigned()).map_or(-1, |v| v.cast_signed());
        let k = x - y;
        let down = k == -centre || (k != centre && at(k - 1) < at(k + 1));
        let before = if down { k + 1 } else { k - 1 };
        let (px, py) = (at(before), at(before) - before);
        while x > px && y > py && x > 0 && y > 0 {
            let (sx, sy) = if down { (px, py + 1) } else { (px + 1, py) };
            if x <= sx || y <= sy {
                break;
            }
            (x, y) = (x - 1, y - 1);
            pairs.push((x.cast_unsigned(), y.cast_unsigned()));
        }
        (x, y) = (px, py);
    }
    while x > 0 && y > 0 {
        (x, y) = (x - 1, y - 1);
        pairs.push((x.cast_unsigned(), y.cast_unsigned()));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(before: &str, after: &str) -> (Vec<u32>, Vec<u32>) {
        let spread = |s: &str| s.chars().map(|c| format!("{c}\n")).collect::<String>();
        let changed = changed(&spread(before), &spread(after));
        (changed.before, changed.after)
    }

    #[test]
    fn the_shortest_edit() {
        assert_eq!(lines("abc", "abc"), (vec![], vec![]));
        assert_eq!(lines("abc", "abxc"), (vec![], vec![3]));
        assert_eq!(lines("abc", "ac"), (vec![2], vec![]));
        assert_eq!(lines("abc", "axc"), (vec![2], vec![2]));
        assert_eq!(lines("", "ab"), (vec![], vec![1, 2]));
        assert_eq!(lines("abcabba", "cbabac").0.len(), 3);
        assert_eq!(lines("abcabba", "cbabac").1.len(), 2);
        assert_eq!(lines("xaybzc", "aqbrcs"), (vec![1, 3, 5], vec![2, 4, 6]));
    }

    #[test]
    fn spaces_at_the_end_do_not_count() {
        assert_eq!(changed("a  \r\nb\n", "a\nb"), Changed::default());
    }

    /// What is kept on both sides is the same text, whatever the edit.
    #[test]
    fn kept_lines_are_equal() {
        let mut seed = 7_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        for _ in 0..200 {
            let mut text = |n: u32| -> Vec<String> { (0..next() % n).map(|_| (next() % 5).to_string()).collect() };
            let (a, b) = (text(40), text(40));
            let changed = changed(&a.join("\n"), &b.join("\n"));
            let kept = |all: &[String], gone: &[u32]| -> Vec<String> {
                let gone = |ix: usize| gone.contains(&u32::try_from(ix + 1).unwrap());
                all.iter().enumerate().filter(|(ix, _)| !gone(*ix)).map(|(_, l)| l.clone()).collect()
            };
            // `"".lines()` is empty, and so is a last line without text.
            let trimmed = |all: &[String]| all.join("\n").lines().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(kept(&trimmed(&a), &changed.before), kept(&trimmed(&b), &changed.after));
        }
    }
}
