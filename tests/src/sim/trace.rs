//! What happened in a run: lines for people, and a digest over everything that reached a machine for comparing runs.

/// The lines and the digest of one run.
pub struct Trace {
    lines: Vec<String>,
    hasher: blake3::Hasher,
}

impl Trace {
    pub fn new() -> Trace {
        Trace { lines: Vec::new(), hasher: blake3::Hasher::new() }
    }

    /// A line for people; it counts for the digest, too.
    pub fn line(&mut self, line: String) {
        self.hasher.update(line.as_bytes());
        self.hasher.update(b"\n");
        self.lines.push(line);
    }

    /// Something too frequent for a line.
    pub fn note(&mut self, at_ms: u64, node: usize, bytes: &[u8]) {
        self.hasher.update(&at_ms.to_be_bytes());
        self.hasher.update(&(node as u64).to_be_bytes());
        self.hasher.update(bytes);
    }

    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    pub fn digest(&self) -> String {
        self.hasher.finalize().to_hex()[..16].to_owned()
    }
}

impl Default for Trace {
    fn default() -> Trace {
        Trace::new()
    }
}
