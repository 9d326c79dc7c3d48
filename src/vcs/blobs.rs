//! The contents of blobs, from one `git cat-file --batch` that runs for as long as they are wanted.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;

#[derive(Debug)]
pub(super) struct Blobs(Mutex<Pipe>);

#[derive(Debug)]
struct Pipe {
    child: Child,
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
}

impl Blobs {
    pub(super) fn start(mut command: Command) -> anyhow::Result<Blobs> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run `git`; install it, or compare two inventory files that `towhom baseline` wrote")?;
        let ask = child.stdin.take();
        let answer = child.stdout.take().context("`git` has no output")?;
        Ok(Blobs(Mutex::new(Pipe { child, ask, answer: BufReader::with_capacity(1 << 16, answer) })))
    }

    /// The content of the blob with this id.
    ///
    /// # Errors
    /// With a reason, if the object store lacks it.
    pub(super) fn read(&self, id: &str) -> Result<Vec<u8>, &'static str> {
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.read(id).map_err(|_| "unreadable")?.ok_or("not in the object store")
    }
}

impl Pipe {
    fn read(&mut self, id: &str) -> std::io::Result<Option<Vec<u8>>> {
        let ask = self.ask.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        ask.write_all(format!("{id}\n").as_bytes())?;
        ask.flush()?;
        // `<id> blob <size>`, or `<id> missing`.
        let mut line = String::new();
        self.answer.read_line(&mut line)?;
        let mut words = line.split_whitespace().skip(1);
        let (kind, size) = (words.next(), words.next().and_then(|s| s.parse::<usize>().ok()));
        let (Some(kind), Some(size)) = (kind, size) else {
            return if line.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(None) };
        };
        let mut bytes = vec![0; size + 1];
        self.answer.read_exact(&mut bytes)?;
        bytes.pop();
        Ok((kind == "blob").then_some(bytes))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Without input it ends by itself.
        self.ask = None;
        let _ = self.child.wait();
    }
}
