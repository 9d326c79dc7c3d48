//! Lowered files that several scans share.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHasher};

use crate::ir::FileIr;

/// Lowered files by path and content, so that what two revisions share is parsed once.
#[derive(Debug, Default)]
pub struct Lowered(Mutex<FxHashMap<(Arc<str>, u64), Known>>);

/// The text stands beside the result: a hash alone may be that of another text.
type Known = (Box<str>, Arc<FileIr>);

impl Lowered {
    pub(super) fn get(&self, path: &Arc<str>, text: &str) -> Option<Arc<FileIr>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(path.clone(), hash(text))).filter(|(t, _)| **t == *text).map(|(_, ir)| Arc::clone(ir))
    }

    pub(super) fn put(&self, path: &Arc<str>, text: String, ir: &Arc<FileIr>) {
        let key = (path.clone(), hash(&text));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, (text.into_boxed_str(), Arc::clone(ir)));
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}
