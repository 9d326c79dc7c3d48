//! The fingerprint GitHub code scanning uses to know an alert again when lines have moved.
//!
//! A rolling hash over the 100 UTF-16 code units that follow the start of a line, blanks and tabs left out and every
//! line end read as one line feed. The uploading action computes the same; a file sent through the API has only ours.

use std::collections::HashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
const END: u16 = 65535;

/// For each line, the first at index 0: its hash in hex, a colon, and how often that hash has occurred so far.
///
/// A byte order mark counts as a character, so `source` must still have it.
#[must_use]
pub fn line_hashes(source: &str) -> Vec<String> {
    let mut roll = Roll::new();
    let mut after_cr = false;
    let mut line_start = true;
    let mut step = |unit: u16, roll: &mut Roll| {
        const SPACE: u16 = b' ' as u16;
        const TAB: u16 = b'\t' as u16;
        const LF: u16 = b'\n' as u16;
        const CR: u16 = b'\r' as u16;
        if unit == SPACE || unit == TAB || (after_cr && unit == LF) {
            after_cr = false;
            return;
        }
        after_cr = unit == CR;
        let unit = if unit == CR { LF } else { unit };
        roll.leave();
        if line_start {
            roll.begin_line();
        }
        line_start = unit == LF;
        roll.push(unit);
    };
    for unit in source.encode_utf16() {
        step(unit, &mut roll);
    }
    step(END, &mut roll);
    for _ in 0..WINDOW {
        roll.leave();
        roll.push(0);
    }
    roll.done
}

/// The window and the hash of what is in it.
struct Roll {
    units: [u16; WINDOW],
    /// Whether a line begins at that place of the window. Lines leave it in the order in which they came.
    begins: [bool; WINDOW],
    at: usize,
    hash: u64,
    /// `BASE` to the power of `WINDOW`: the weight of the unit that leaves.
    weight: u64,
    seen: HashMap<u64, u32>,
    done: Vec<String>,
}

impl Roll {
    fn new() -> Self {
        let weight = (0..WINDOW).fold(1u64, |w, _| w.wrapping_mul(BASE));
        let (units, begins) = ([0; WINDOW], [false; WINDOW]);
        Roll { units, begins, at: 0, hash: 0, weight, seen: HashMap::default(), done: Vec::new() }
    }

    /// The window is about to move past this place: if a line began here, its hundred units are complete.
    fn leave(&mut self) {
        if std::mem::take(&mut self.begins[self.at]) {
            let count = self.seen.entry(self.hash).or_default();
            *count += 1;
            self.done.push(format!("{:x}:{count}", self.hash));
        }
    }

    fn begin_line(&mut self) {
        self.begins[self.at] = true;
    }

    fn push(&mut self, unit: u16) {
        let old = std::mem::replace(&mut self.units[self.at], unit);
        let hash = self.hash.wrapping_mul(BASE).wrapping_add(u64::from(unit));
        self.hash = hash.wrapping_sub(self.weight.wrapping_mul(u64::from(old)));
        self.at = (self.at + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    // The expected values are those of the tests of github/codeql-action (MIT), src/fingerprints.test.ts.

    #[test]
    fn empty() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
    }

    #[test]
    fn blanks_do_not_count() {
        let expected = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(line_hashes(" a\nb\n  \t\tc\n d"), expected);
    }

    #[test]
    fn every_line_end_is_the_same() {
        #[rustfmt::skip]
        let expected = [
            "e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1",
        ];
        for source in [
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r",
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
        ] {
            assert_eq!(line_hashes(source), expected, "{source:?}");
        }
    }

    #[test]
    fn equal_lines_are_counted() {
        #[rustfmt::skip]
        let expected = [
            "a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4",
            "a7f2ff13bc495cf2:5", "a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1",
            "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1",
        ];
        assert_eq!(line_hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10)), expected);
    }
}
