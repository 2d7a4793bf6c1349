//! The id of the calling process, without a system call each time.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// A page that the kernel empties in the child of a fork, however that was made. What it holds is the id of the process
/// that wrote it. Null before first use.
static NOTE: AtomicPtr<AtomicU32> = AtomicPtr::new(null_mut());
/// Stands for a page where the kernel cannot empty one: then every call asks for the id.
static NONE: AtomicU32 = AtomicU32::new(0);

/// The id of the calling process. After a fork the child is told its own.
#[must_use]
pub fn process_id() -> u32 {
    let mut note = NOTE.load(Ordering::Acquire);
    if note.is_null() {
        note = open();
    }
    if note == (&raw const NONE).cast_mut() {
        return std::process::id();
    }
    // SAFETY: the pointer is not null, so `open` has published a page that is never unmapped.
    let note = unsafe { &*note };
    match note.load(Ordering::Relaxed) {
        0 => {
            let id = std::process::id();
            note.store(id, Ordering::Relaxed);
            id
        }
        id => id,
    }
}

/// Publishes the page, or what stands for none.
fn open() -> *mut AtomicU32 {
    let fresh = page().unwrap_or((&raw const NONE).cast_mut());
    match NOTE.compare_exchange(null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => fresh,
        // Another thread was faster. Ours stays mapped, one page in the life of a process at most.
        Err(other) => other,
    }
}

#[cfg(target_os = "linux")]
fn page() -> Option<*mut AtomicU32> {
    /// Room that is asked for; the kernel gives whole pages.
    const BYTES: usize = 4096;
    /// No kernel knows it.
    const NO_ADVICE: libc::c_int = -1;
    // SAFETY: a new private mapping that overlaps nothing, which madvise is then told about; it is zero at first, which is
    // a valid atomic number, and aligned to a page.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let page = libc::mmap(null_mut(), BYTES, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
        if page == libc::MAP_FAILED {
            return None;
        }
        // An emulator that takes whatever advice it is given (QEMU's before 8) takes this as well, and empties nothing.
        let takes_anything = libc::madvise(page, BYTES, NO_ADVICE) == 0;
        if takes_anything || libc::madvise(page, BYTES, libc::MADV_WIPEONFORK) != 0 {
            libc::munmap(page, BYTES);
            return None;
        }
        Some(page.cast())
    }
}

#[cfg(not(target_os = "linux"))]
fn page() -> Option<*mut AtomicU32> {
    None
}

#[cfg(test)]
mod tests {
    use super::process_id;

    #[test]
    fn a_child_is_told_its_own_id() {
        assert_eq!(process_id(), std::process::id());
        assert_eq!(process_id(), std::process::id());
        // SAFETY: the child calls nothing but what is allowed after a fork of a process with threads.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let told = process_id() == std::process::id() && process_id() == std::process::id();
            // SAFETY: ends the child without running what the parent registered.
            unsafe { libc::_exit(i32::from(!told)) };
        }
        assert!(child > 0);
        let mut status = -1;
        // SAFETY: waits for the child of above; the status is writable.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
    }
}
