// A small executor and what its tasks do: futures in boxes, matrices as Vecs of Vecs, keys for sorting,
// texts put together, groups of values. (Old compilers make one call of the two pushes in `run`, which
// has no line: then the function's own is told.)
//@ expect=box-churn function=call|spawn_each line=task-future
//@ expect=buffer-reuse|small-buffer function=rotate line=task-rows
//@ expect=clone function=windows line=task-chunk
//@ expect=hash-growth function=by_length line=task-groups
//@ expect=string-temp|small-buffer|buffer-reuse function=lossy line=task-lossy
//@ expect=growth function=emit|dump line=task-emit
//@ expect=growth function=flatten line=task-recursion
//@ expect=clone|clone-then-grow function=with_default line=task-cow
//@ expect=box-churn function=wrap_each line=task-refcell
//@ expect=small-buffer|growth|buffer-reuse function=stack_machine|run line=task-stack
//@ quiet function=spawn_in_place
//@ quiet function=rotate_flat
//@ quiet function=windows_borrowed
//@ quiet function=counts_by_length
//@ quiet function=lossless
//@ quiet function=dump_into
//@ quiet function=flatten_into
//@ quiet function=borrowed_default
//@ quiet function=stack_machine_in
//@ quiet function=wrap_once
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

const TABLE: RawWakerVTable = RawWakerVTable::new(|_| raw(), |_| {}, |_| {}, |_| {});

fn raw() -> RawWaker {
    RawWaker::new(std::ptr::null(), &TABLE)
}

struct Countdown(u32);

impl Future for Countdown {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { Poll::Ready(7) } else { Poll::Pending }
    }
}

fn finish<F: Future<Output = u32> + ?Sized>(mut task: Pin<&mut F>) -> u32 {
    let waker = unsafe { Waker::from_raw(raw()) };
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(n) = task.as_mut().poll(&mut context) {
            return n;
        }
    }
}

trait Service {
    fn call(&self, n: u32) -> Pin<Box<dyn Future<Output = u32>>>;
}

struct Slow;

impl Service for Slow {
    fn call(&self, n: u32) -> Pin<Box<dyn Future<Output = u32>>> {
        Box::pin(async move { Countdown(n % 3 + 1).await + n }) // <- task-future
    }
}

#[inline(never)]
fn spawn_each(service: &dyn Service, n: u32) -> u32 {
    finish(service.call(n).as_mut())
}

#[inline(never)]
fn spawn_in_place(n: u32) -> u32 {
    let mut task = Countdown(n % 3 + 1);
    finish(Pin::new(&mut task)) + n
}

#[inline(never)]
fn rotate(cells: &[[f32; 6]; 6]) -> f32 {
    let rows: Vec<Vec<f32>> = (0..6).map(|c| cells.iter().map(|row| row[c]).collect()).collect(); // <- task-rows
    black_box(&rows).iter().map(|row| row[0] - row[5]).sum()
}

#[inline(never)]
fn rotate_flat(cells: &[[f32; 6]; 6]) -> f32 {
    let mut rows = [[0.0; 6]; 6];
    for (c, row) in rows.iter_mut().enumerate() {
        row.iter_mut().zip(cells).for_each(|(to, from)| *to = from[c]);
    }
    black_box(&rows).iter().map(|row| row[0] - row[5]).sum()
}

#[inline(never)]
fn windows(samples: &[u16]) -> u64 {
    samples.chunks(40).map(|chunk| {
        let mine = chunk.to_vec(); // <- task-chunk
        black_box(&mine).iter().map(|&s| u64::from(s)).sum::<u64>()
    }).max().unwrap_or(0)
}

#[inline(never)]
fn windows_borrowed(samples: &[u16]) -> u64 {
    samples.chunks(40).map(|chunk| black_box(chunk).iter().map(|&s| u64::from(s)).sum::<u64>()).max().unwrap_or(0)
}

#[inline(never)]
fn by_length(names: &[u64]) -> usize {
    let groups = names.iter().fold(HashMap::<u64, u64>::new(), |mut groups, name| {
        *groups.entry(name % 150).or_default() += 1; // <- task-groups
        groups
    });
    groups.len()
}

#[inline(never)]
fn counts_by_length(names: &[u64]) -> usize {
    let mut counts = [0u32; 150];
    names.iter().for_each(|name| counts[(name % 150) as usize] += 1);
    counts.iter().filter(|n| **n > 0).count()
}

#[inline(never)]
fn lossy(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes).to_string(); // <- task-lossy
    black_box(&text).len()
}

#[inline(never)]
fn lossless(bytes: &[u8]) -> usize {
    std::str::from_utf8(bytes).map_or(0, |text| black_box(text).len())
}

fn emit(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(&n.to_be_bytes()); // <- task-emit
    out.push(b'\n'); // <- task-emit
}

#[inline(never)]
fn dump(numbers: &[u64]) -> usize {
    let mut out = Vec::new();
    numbers.iter().for_each(|&n| emit(&mut out, n));
    black_box(&out).len()
}

#[inline(never)]
fn dump_into(numbers: &[u64], out: &mut Vec<u8>) -> usize {
    out.clear();
    for n in numbers {
        out.extend_from_slice(&n.to_be_bytes());
        out.push(b'\n');
    }
    black_box(&*out).len()
}

enum Tree {
    Leaf(u32),
    Branch(Box<Tree>, Box<Tree>),
}

impl Tree {
    fn build(depth: u32) -> Tree {
        if depth == 0 {
            return Tree::Leaf(3);
        }
        Tree::Branch(Box::new(Tree::build(depth - 1)), Box::new(Tree::build(depth - 1)))
    }

    #[inline(never)]
    fn flatten(&self, out: &mut Vec<u32>) {
        match self {
            Tree::Leaf(n) => out.push(*n), // <- task-recursion
            Tree::Branch(left, right) => {
                left.flatten(out);
                right.flatten(out);
            }
        }
    }

    #[inline(never)]
    fn flatten_into(&self, sum: &mut u64) {
        match self {
            Tree::Leaf(n) => *sum += u64::from(*n),
            Tree::Branch(left, right) => {
                left.flatten_into(sum);
                right.flatten_into(sum);
            }
        }
    }
}

#[inline(never)]
fn with_default(name: Option<&[u16]>) -> usize {
    let name: Cow<[u16]> = name.map_or(Cow::Owned(Vec::new()), Cow::Borrowed);
    let owned = name.into_owned(); // <- task-cow
    black_box(&owned).len()
}

#[inline(never)]
fn borrowed_default(name: Option<&[u16]>) -> usize {
    black_box(name.unwrap_or(&[])).len()
}

#[inline(never)]
fn wrap_each(n: u64) -> u64 {
    let cell = Rc::new(RefCell::new(n)); // <- task-refcell
    let other = Rc::clone(&cell);
    *black_box(&other).borrow_mut() += 1;
    let n = *black_box(&cell).borrow();
    n
}

#[inline(never)]
fn wrap_once(cell: &Rc<RefCell<u64>>, n: u64) -> u64 {
    let other = Rc::clone(cell);
    *other.borrow_mut() += n;
    let n = *cell.borrow();
    n
}

#[inline(never)]
fn stack_machine(program: &[u8]) -> u64 {
    let mut stack: Vec<u64> = vec![];
    run(program, &mut stack)
}

#[inline(never)]
fn stack_machine_in(program: &[u8], stack: &mut Vec<u64>) -> u64 {
    stack.clear();
    for &code in program {
        step(code, stack);
    }
    stack.pop().unwrap_or(0)
}

#[inline(always)]
fn run(program: &[u8], stack: &mut Vec<u64>) -> u64 { // <- task-stack
    for &code in program {
        match code {
            b'+' => {
                let (a, b) = (stack.pop().unwrap_or(0), stack.pop().unwrap_or(0));
                stack.push(a.wrapping_add(b)); // <- task-stack
            }
            _ => stack.push(u64::from(code)), // <- task-stack
        }
    }
    stack.pop().unwrap_or(0)
}

fn step(code: u8, stack: &mut Vec<u64>) {
    let n = if code == b'+' {
        let (a, b) = (stack.pop().unwrap_or(0), stack.pop().unwrap_or(0));
        a.wrapping_add(b)
    } else {
        u64::from(code)
    };
    stack.push(n);
}

fn main() {
    let cells = [[1.5f32; 6]; 6];
    let samples: Vec<u16> = (0..400).collect();
    let names: Vec<u64> = (0..300u64).map(|i| i.wrapping_mul(2_654_435_761) >> 7).collect();
    let tree = Tree::build(7);
    let (mut sum, mut total) = (0u64, 0f32);
    let (mut out, mut stack, cell) = (Vec::new(), Vec::new(), Rc::new(RefCell::new(0)));
    for i in 0..250_000u32 {
        sum += u64::from(spawn_each(black_box(&Slow), black_box(i)));
        sum += u64::from(spawn_in_place(black_box(i)));
        sum += lossy(black_box(b"some bytes that are text")) as u64;
        sum += lossless(black_box(b"some bytes that are text")) as u64;
        sum += with_default(black_box(Some(&samples[..100]))) as u64;
        sum += borrowed_default(black_box(Some(&samples[..100]))) as u64;
        sum = sum.wrapping_add(wrap_each(black_box(u64::from(i))) + wrap_once(&cell, black_box(1)));
        sum += stack_machine(black_box(b"12+3+45+")) + stack_machine_in(black_box(b"12+3+45+"), &mut stack);
    }
    for _ in 0..50_000 {
        total += rotate(black_box(&cells)) + rotate_flat(black_box(&cells));
        sum += windows(black_box(&samples)) + windows_borrowed(black_box(&samples));
        sum += dump(black_box(&names[..80])) as u64 + dump_into(black_box(&names[..80]), &mut out) as u64;
    }
    for _ in 0..1_500 {
        sum += by_length(black_box(&names)) as u64 + counts_by_length(black_box(&names)) as u64;
    }
    for _ in 0..40_000 {
        let mut flat = Vec::new();
        black_box(&tree).flatten(&mut flat);
        sum += flat.len() as u64;
        black_box(&tree).flatten_into(&mut sum);
    }
    println!("{sum} {total}");
}
