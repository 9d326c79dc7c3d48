//! One line on a terminal that says how far the scan is.

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How far a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// `Reading files`
    pub stage: &'static str,
    pub done: usize,
    /// 0 where it is not known.
    pub total: usize,
}

const EVERY: Duration = Duration::from_millis(80);
/// A scan that is done before this shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);

pub(super) struct Line {
    next: Option<Mutex<Instant>>,
    began: Instant,
}

impl Line {
    pub(super) fn new(shown: bool) -> Line {
        let began = Instant::now();
        Line { next: shown.then(|| Mutex::new(began + PATIENCE)), began }
    }

    pub(super) fn show(&self, progress: Progress) {
        // A thread that finds another one writing has nothing to add.
        let Some(Ok(mut next)) = self.next.as_ref().map(Mutex::try_lock) else { return };
        let now = Instant::now();
        if now < *next {
            return;
        }
        *next = now + EVERY;
        let Progress { stage, done, total } = progress;
        let _ = match total {
            0 => write!(io::stderr(), "\r\x1b[2K{stage} …"),
            _ => write!(io::stderr(), "\r\x1b[2K{stage} {done}/{total}"),
        };
    }

    pub(super) fn clear(&self) {
        if self.next.is_some() && self.began.elapsed() >= PATIENCE {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
