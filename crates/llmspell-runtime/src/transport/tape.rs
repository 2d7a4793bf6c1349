//! Recording: what goes over a transport, written to a cassette as it ends.
//!
//! A cassette is written whole, to a file beside it that then takes its place, so that a reader never finds half of one.
//! In a process there is one tape for each path, so that the agents that record to it do not garble it.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use llmspell_core::cassette::{self, Exchange, Recorded, Response, Scrubber};
use llmspell_core::http::HttpRequest;
use llmspell_core::{Error, Kind, defaults};

use super::Piece;
use crate::pid::process_id;
use crate::process::Process;

/// What a recorder does with a cassette that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordMode {
    /// Puts new ones in its place, from the first exchange on.
    New,
    /// Adds to it.
    Append,
}

/// Records an agent's exchanges. It is plain data: in the child of a fork it goes on at the end of the cassette.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    scrubber: Scrubber,
    recorded: Recorded,
    process: u32,
}

impl Recorder {
    /// A recorder to this file. `recorded` names provider and model of the agent.
    ///
    /// # Errors
    /// `config` when the folder is not there or the cassette cannot be read.
    pub fn new(path: &str, mode: RecordMode, scrubber: Scrubber, recorded: Recorded) -> Result<Self, Error> {
        let path = absolute(path)?;
        let tape = Process::current().tapes.open(&path, mode == RecordMode::Append)?;
        if mode == RecordMode::New {
            tape.restart();
        }
        Ok(Recorder { path, scrubber, recorded, process: process_id() })
    }

    /// The recording of a request that goes out now, to an address below one of `base_urls`.
    ///
    /// # Errors
    /// `config` when the cassette cannot be read, `store` when it cannot be written, or could not the last time.
    pub(super) fn begin(&self, request: &HttpRequest, base_urls: &[String]) -> Result<Recording, Error> {
        let tape = Process::current().tapes.open(&self.path, self.process != process_id())?;
        let mut scrubber = self.scrubber.clone();
        scrubber.add_of_request(&request.url, &request.headers);
        let below = base_urls.iter().filter(|url| request.url.starts_with(url.as_str()));
        let base_url = below.max_by_key(|url| url.len()).cloned();
        let headers = request.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect();
        let exchange = Exchange {
            recorded: Recorded { base_url, ..self.recorded.clone() },
            request: cassette::Request::to(&request.url, headers, request.body.clone()),
            response: Response::default(),
        };
        let place = tape.reserve()?;
        Ok(Recording { tape, place, scrubber, exchange: Some(exchange), answered: false, too_large: false })
    }
}

fn absolute(path: &str) -> Result<PathBuf, Error> {
    let wrong = |why: String| Error::new(Kind::Config, format!("record: {path:?} cannot be written: {why}"));
    let full = std::path::absolute(path).map_err(|error| wrong(error.to_string()))?;
    let folder = full.parent().ok_or_else(|| wrong("it is no file".to_owned()))?;
    let folder = folder.canonicalize().map_err(|error| wrong(format!("its folder: {error}; make the folder first")))?;
    if full.is_dir() {
        return Err(wrong("it is a folder; give the name of a file".to_owned()));
    }
    Ok(folder.join(full.file_name().ok_or_else(|| wrong("it names no file".to_owned()))?))
}

/// The tapes of a process, by path.
#[derive(Default)]
pub(crate) struct Tapes(Mutex<HashMap<PathBuf, Arc<Tape>>>);

/// One cassette that is being recorded.
struct Tape {
    path: PathBuf,
    reel: Mutex<Reel>,
}

#[derive(Default)]
struct Reel {
    /// What the file held before, where it is added to.
    before: String,
    /// Documents in the order in which their requests were made; `None` while one is under way.
    documents: Vec<Option<String>>,
    /// Counts the times it was begun anew.
    generation: u64,
    /// Why the latest exchange could not be written, for the next one.
    failed: Option<Error>,
}

/// A place on a tape.
#[derive(Clone, Copy)]
struct Place {
    generation: u64,
    at: usize,
}

impl Tapes {
    /// The tape of a path; `append` says whether one that is opened now goes on at the end of its file.
    fn open(&self, path: &Path, append: bool) -> Result<Arc<Tape>, Error> {
        let mut tapes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tape) = tapes.get(path) {
            return Ok(Arc::clone(tape));
        }
        let before = match fs::read_to_string(path) {
            Ok(text) if append => text,
            Err(error) if append && error.kind() != std::io::ErrorKind::NotFound => {
                let message = format!("record: {} cannot be read to add to it: {error}", path.display());
                return Err(Error::new(Kind::Config, message));
            }
            _ => String::new(),
        };
        let tape = Arc::new(Tape { path: path.to_owned(), reel: Mutex::new(Reel { before, ..Reel::default() }) });
        tapes.insert(path.to_owned(), Arc::clone(&tape));
        Ok(tape)
    }
}

impl Tape {
    fn reel(&self) -> MutexGuard<'_, Reel> {
        // Nothing panics between changes that belong together.
        self.reel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restart(&self) {
        let mut reel = self.reel();
        let generation = reel.generation + 1;
        *reel = Reel { generation, ..Reel::default() };
    }

    /// A place for an exchange. That nothing can be written is found here, while the run can still be told: a failure that
    /// comes after a complete answer would take the answer away.
    fn reserve(&self) -> Result<Place, Error> {
        let mut reel = self.reel();
        if let Some(error) = reel.failed.take() {
            return Err(error);
        }
        let beside = beside(&self.path);
        fs::File::create(&beside).and_then(|_| fs::remove_file(&beside)).map_err(|error| self.unwritable(&error))?;
        reel.documents.push(None);
        Ok(Place { generation: reel.generation, at: reel.documents.len() - 1 })
    }

    fn unwritable(&self, error: &std::io::Error) -> Error {
        Error::new(Kind::Store, format!("record: {} cannot be written: {error}", self.path.display()))
    }

    /// Puts an exchange in its place and writes the cassette. One whose tape was begun anew meanwhile is dropped.
    fn write(&self, place: Place, document: String) -> Result<(), Error> {
        let mut reel = self.reel();
        if reel.generation != place.generation {
            return Ok(());
        }
        if let Some(slot) = reel.documents.get_mut(place.at) {
            *slot = Some(document);
        }
        let before = Some(reel.before.trim_end_matches("---\n").to_owned()).filter(|before| !before.trim().is_empty());
        let mut text = String::new();
        for document in before.iter().chain(reel.documents.iter().flatten()) {
            if !text.is_empty() {
                text.push_str("---\n");
            }
            text.push_str(document);
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
        replace_file(&self.path, &text).map_err(|error| {
            let error = self.unwritable(&error);
            reel.failed = Some(error.clone());
            error
        })
    }
}

/// The file that is written before it takes the cassette's place.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", process_id()));
    path.with_file_name(name)
}

fn replace_file(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = beside(path);
    let written = fs::File::create(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&beside, path));
    written.inspect_err(|_| {
        // It is of no use to anybody.
        let _ = fs::remove_file(&beside);
    })
}

/// The recording of one exchange.
pub(super) struct Recording {
    tape: Arc<Tape>,
    place: Place,
    scrubber: Scrubber,
    /// `None` once it is written.
    exchange: Option<Exchange>,
    /// Whether the head of the answer came.
    answered: bool,
    too_large: bool,
}

impl Recording {
    /// Notes a piece. The piece that goes on in its place is a failure where the cassette cannot be written.
    pub fn note(&mut self, piece: Piece) -> Piece {
        let Some(exchange) = &mut self.exchange else { return piece };
        match &piece {
            Piece::Sent => {}
            Piece::Head { status, headers } => {
                self.answered = true;
                exchange.response.status = *status;
                exchange.response.headers.clone_from(headers);
            }
            Piece::Bytes(bytes) => {
                let body = &mut exchange.response.body;
                self.too_large |= body.len() + bytes.len() > defaults::MESSAGE_BYTES;
                if !self.too_large {
                    body.extend_from_slice(bytes);
                }
            }
            Piece::End | Piece::Failed(_) => {
                if let Err(error) = self.write() {
                    return Piece::Failed(error);
                }
            }
        }
        piece
    }

    /// Writes what came of the answer; nothing without a head.
    fn write(&mut self) -> Result<(), Error> {
        let Some(mut exchange) = self.exchange.take().filter(|_| self.answered) else { return Ok(()) };
        if self.too_large {
            let most = defaults::MESSAGE_BYTES >> 20;
            return Err(Error::new(Kind::Store, format!("record: the answer is larger than {most} MiB")));
        }
        self.scrubber.exchange(&mut exchange);
        self.tape.write(self.place, cassette::write(&exchange))
    }
}

impl Drop for Recording {
    /// An answer that nobody reads to its end (the run was cancelled, or it knew enough) is kept as far as it came.
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.write();
    }
}
