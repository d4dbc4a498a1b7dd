// A server's memory: what is never given back while it runs, and what is there to stay.
//@ expect=live-at-exit function=open line=leak-forget severity=any
//@ expect=live-at-exit function=link line=leak-cycle severity=any
//@ expect=live-at-exit function=note line=leak-static severity=any
//@ quiet function=configure
//@ quiet=live-at-exit function=configure
//@ quiet=live-at-exit function=open_and_close
//@ quiet=live-at-exit function=request
//@ quiet function=open_and_close
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Mutex;

static AUDIT: Mutex<Vec<Box<[u8; 40]>>> = Mutex::new(Vec::new());

struct Session {
    id: u32,
    buffer: Box<[u8; 100]>,
}

#[inline(never)]
fn open(id: u32) -> &'static Session {
    let session = Session { id, buffer: Box::new([id as u8; 100]) }; // <- leak-forget
    Box::leak(Box::new(session)) // <- leak-forget
}

#[inline(never)]
fn open_and_close(id: u32) -> u32 {
    let session = Box::new(Session { id, buffer: Box::new([id as u8; 100]) });
    black_box(&session).id + u32::from(session.buffer[7])
}

struct Peer {
    name: u32,
    other: RefCell<Option<Rc<Peer>>>,
}

#[inline(never)]
fn link(name: u32) -> u32 {
    let first = Rc::new(Peer { name, other: RefCell::new(None) }); // <- leak-cycle
    let second = Rc::new(Peer { name: name + 1, other: RefCell::new(Some(first.clone())) }); // <- leak-cycle
    *first.other.borrow_mut() = Some(second);
    black_box(first).name
}

#[inline(never)]
fn note(id: u32) {
    let entry = Box::new([id as u8; 40]); // <- leak-static
    AUDIT.lock().unwrap().push(entry);
}

/// Once, at the start, to stay.
#[inline(never)]
fn configure() -> &'static [String] {
    (0..4_000).map(|i| format!("setting {i}")).collect::<Vec<_>>().leak()
}

#[inline(never)]
fn request(id: u32) -> usize {
    let mut body = [0u8; 50];
    body.iter_mut().enumerate().for_each(|(i, b)| *b = (i as u32 ^ id) as u8);
    black_box(&body).len()
}

fn main() {
    AUDIT.lock().unwrap().reserve(60_000);
    let settings = configure();
    let mut sum = settings.len() as u32;
    for id in 0..60_000 {
        sum = sum.wrapping_add(open(black_box(id)).id);
        sum = sum.wrapping_add(open(black_box(id)).buffer[3].into());
        if id % 60 == 0 {
            sum = sum.wrapping_add(open_and_close(black_box(id)));
        }
        sum = sum.wrapping_add(link(black_box(id)));
        note(black_box(id));
        sum = sum.wrapping_add(request(black_box(id)) as u32);
    }
    println!("{sum}");
}
