// Events in time order, state machines, and a world that stays. (Where the compiler makes one call
// of the two Box::new, the code has no line: then the function's own is told.)
//@ expect=box-churn function=draw|happen line=sim-event
//@ expect=growth function=due line=sim-due
//@ expect=small-buffer|growth|buffer-reuse function=poll line=sim-machine
//@ expect=buffer-reuse|growth:collect|growth function=near line=sim-near
//@ quiet function=happen_in_place
//@ quiet function=Calendar
//@ quiet function=near_visit
//@ quiet function=poll_in_place
use std::collections::BinaryHeap;
use std::hint::black_box;

trait Event {
    fn run(&self, world: &mut World);
}

struct World {
    places: Vec<(f32, f32)>,
    moved: u64,
}

struct Move {
    who: usize,
    by: f32,
}

impl Event for Move {
    fn run(&self, world: &mut World) {
        world.places[self.who].0 += self.by;
        world.moved += 1;
    }
}

struct Swap(usize, usize);

impl Event for Swap {
    fn run(&self, world: &mut World) {
        world.places.swap(self.0, self.1);
        world.moved += 2;
    }
}

fn draw(n: usize, len: usize) -> Box<dyn Event> { // <- sim-event
    if n % 4 == 0 {
        Box::new(Swap(n % len, n * 7 % len)) // <- sim-event
    } else {
        Box::new(Move { who: n % len, by: if n & 4 == 0 { 0.5 } else { -0.5 } }) // <- sim-event
    }
}

#[inline(never)]
fn happen(world: &mut World, n: usize) {
    let event = black_box(draw(n, world.places.len()));
    event.run(world);
}

#[inline(never)]
fn happen_in_place(world: &mut World, n: usize) {
    let len = world.places.len();
    let by = if n & 4 == 0 { 0.5 } else { -0.5 };
    let (a, b) = (Swap(n % len, n * 7 % len), Move { who: n % len, by });
    let event: &dyn Event = black_box(if n % 4 == 0 { &a } else { &b });
    event.run(world);
}

/// Its heap is made once.
struct Calendar {
    heap: BinaryHeap<(u32, u32)>,
}

impl Calendar {
    #[inline(never)]
    fn turn(&mut self, salt: u32) -> u32 {
        let (time, who) = self.heap.pop().unwrap_or((1_000_000, 1));
        self.heap.push((time.wrapping_sub(salt % 97 + 1), who ^ 1));
        time
    }
}

#[inline(never)]
fn due(times: &[u32], until: u32) -> usize {
    let mut list = Vec::new();
    let mut at = 0;
    loop {
        match times.get(at) {
            Some(&time) if time <= until => list.push((time, at)), // <- sim-due
            Some(_) => {}
            None => break,
        }
        at += 1;
    }
    black_box(&list).len()
}

/// A future by hand: what it has read stands in its state.
enum Machine {
    Start,
    Reading(Vec<u8>),
    Done(u32),
}

impl Machine {
    #[inline(never)]
    fn poll(self, input: u8) -> Machine {
        match self {
            Machine::Start => Machine::Reading(vec![input]), // <- sim-machine
            Machine::Reading(read) if input == b'\n' => Machine::Done(read.iter().map(|&b| u32::from(b)).sum()),
            Machine::Reading(mut read) => {
                read.push(input); // <- sim-machine
                Machine::Reading(read)
            }
            Machine::Done(sum) => Machine::Done(sum),
        }
    }
}

#[derive(Default)]
struct Reader {
    read: Vec<u8>,
}

impl Reader {
    #[inline(never)]
    fn poll_in_place(&mut self, input: u8) -> Option<u32> {
        if input == b'\n' {
            let sum = self.read.iter().map(|&b| u32::from(b)).sum();
            self.read.clear();
            return Some(sum);
        }
        self.read.push(input);
        None
    }
}

#[inline(never)]
fn near(world: &World, x: f32) -> f32 {
    let close: Vec<(f32, f32)> =
        world.places.iter().copied().filter(|p| (p.0 - x).abs() < 30.0).collect(); // <- sim-near
    black_box(&close).iter().map(|p| p.1).fold(0.0, f32::max)
}

#[inline(never)]
fn near_visit(world: &World, x: f32) -> f32 {
    world.places.iter().filter(|p| (p.0 - x).abs() < 30.0).map(|p| p.1).fold(0.0, f32::max)
}

fn main() {
    let mut world = World { places: (0..150u8).map(|i| (f32::from(i), f32::from(i / 2))).collect(), moved: 0 };
    let mut calendar = Calendar { heap: (0..200u32).map(|i| (1_000_000 - i * 31, i)).collect() };
    let times: Vec<u32> = (0..100).collect();
    let (mut sum, mut height) = (0u64, 0f32);
    for i in 0..200_000 {
        happen(&mut world, black_box(i));
        happen_in_place(&mut world, black_box(i));
        sum += u64::from(calendar.turn(black_box(i as u32)));
    }
    let mut reader = Reader::default();
    for i in 0..60_000 {
        sum += due(black_box(&times), black_box(80)) as u64;
        height += near(&world, black_box(60.0)) + near_visit(&world, black_box(60.0));
        let mut machine = Machine::Start;
        for &b in black_box(b"GET /index.html HTTP/1.1 and some more to be read\n") {
            machine = machine.poll(b);
            sum += u64::from(reader.poll_in_place(b).unwrap_or(0));
        }
        if let Machine::Done(n) = machine {
            sum += u64::from(n) + i % 3;
        }
    }
    println!("{sum} {height} {}", world.moved);
}
