//! Recording: what goes over a transport, added to a cassette as it ends.
//!
//! A cassette that is begun anew is written to a file beside it that then takes its place; each exchange after that is added
//! with one write at the end of the file. So a process that is killed leaves what was recorded until then, and several
//! processes that add to one cassette do not garble it. Exchanges stand in the order in which their requests were made: one
//! that ends sooner waits for those before it. In a process there is one tape for each path.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
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
        let below = base_urls.iter().filter(|base| is_below(&request.url, base));
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
    /// Whether the next exchange is the first of a file that is begun anew.
    anew: bool,
    /// Exchanges from the first one that is under way on.
    places: VecDeque<Slot>,
    /// How many were before them.
    gone: usize,
    /// What ended and could not be written yet.
    unwritten: String,
    /// Counts the times it was begun anew.
    generation: u64,
    /// Whether it was found that the folder can be written to.
    checked: bool,
    /// Why the latest exchange could not be written, for the next one.
    failed: Option<Error>,
}

enum Slot {
    UnderWay,
    /// Its document; none where there was no answer.
    Ended(Option<String>),
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
        if append
            && let Err(error) = fs::File::open(path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            let message = format!("record: {} cannot be read to add to it: {error}", path.display());
            return Err(Error::new(Kind::Config, message));
        }
        let reel = Reel { anew: !append, ..Reel::default() };
        let tape = Arc::new(Tape { path: path.to_owned(), reel: Mutex::new(reel) });
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
        *reel = Reel { anew: true, generation, ..Reel::default() };
    }

    /// A place for an exchange. That nothing can be written is found here, while the run can still be told: a failure that
    /// comes after a complete answer would take the answer away.
    fn reserve(&self) -> Result<Place, Error> {
        let mut reel = self.reel();
        if let Some(error) = reel.failed.take() {
            reel.checked = false;
            return Err(error);
        }
        if !reel.checked {
            let beside = beside(&self.path);
            fs::File::create(&beside)
                .and_then(|_| fs::remove_file(&beside))
                .map_err(|error| self.unwritable(&error))?;
            reel.checked = true;
        }
        reel.places.push_back(Slot::UnderWay);
        Ok(Place { generation: reel.generation, at: reel.gone + reel.places.len() - 1 })
    }

    fn unwritable(&self, error: &std::io::Error) -> Error {
        Error::new(Kind::Store, format!("record: {} cannot be written: {error}", self.path.display()))
    }

    /// Puts what came of an exchange in its place, and writes those whose turn it is. One whose tape was begun anew
    /// meanwhile is dropped.
    fn settle(&self, place: Place, document: Option<String>) -> Result<(), Error> {
        let mut reel = self.reel();
        if reel.generation != place.generation {
            return Ok(());
        }
        let at = place.at - reel.gone;
        if let Some(slot) = reel.places.get_mut(at) {
            *slot = Slot::Ended(document);
        }
        while matches!(reel.places.front(), Some(Slot::Ended(_))) {
            reel.gone += 1;
            if let Some(Slot::Ended(document)) = reel.places.pop_front() {
                reel.unwritten.extend(document);
            }
        }
        if reel.unwritten.is_empty() {
            return Ok(());
        }
        let written =
            if reel.anew { replace_file(&self.path, &reel.unwritten) } else { add_to(&self.path, &reel.unwritten) };
        match written {
            Ok(()) => {
                reel.anew = false;
                reel.unwritten = String::new();
                Ok(())
            }
            Err(error) => {
                let error = self.unwritable(&error);
                reel.failed = Some(error.clone());
                Err(error)
            }
        }
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

/// Adds whole documents at the end of a file.
fn add_to(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().read(true).append(true).create(true).open(path)?;
    // What others wrote, or what broke off, may lack the end of its last line.
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let break_first = if last == [b'\n'] { "" } else { "\n" };
    // A part that was written stays: behind it there may be what another process added, and a reader passes over it.
    file.write_all(format!("{break_first}{text}").as_bytes())
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
            Piece::Sent { .. } => {}
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
        let Some(mut exchange) = self.exchange.take() else { return Ok(()) };
        let document = (self.answered && !self.too_large).then(|| {
            self.scrubber.exchange(&mut exchange);
            cassette::write(&exchange)
        });
        self.tape.settle(self.place, document)?;
        if self.too_large {
            let most = defaults::MESSAGE_BYTES >> 20;
            return Err(Error::new(Kind::Store, format!("record: the answer is larger than {most} MiB")));
        }
        Ok(())
    }
}

impl Drop for Recording {
    /// An answer that nobody reads to its end (the run was cancelled, or it knew enough) is kept as far as it came.
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.write();
    }
}

/// Whether a request goes to an address below this one, whose query, where it has one, is behind the path (Azure).
fn is_below(url: &str, base: &str) -> bool {
    let (base, query) = base.split_once('?').map_or((base, None), |(base, query)| (base, Some(query)));
    url.starts_with(base) && query.is_none_or(|query| url.split_once('?').is_some_and(|(_, own)| own == query))
}

#[cfg(test)]
mod tests;
