// Boxes, Rcs and Arcs that live for one call, and those that have to be.
//@ expect=box-churn function=area_of line=box-dyn
//@ expect=box-churn function=rounded line=box-big
//@ expect=box-churn function=shared_sum line=box-rc
//@ expect=box-churn function=published line=box-arc
//@ expect=box-churn function=adder|pick line=box-closure
//@ quiet function=area_by_ref
//@ quiet function=area_enum
//@ quiet function=insert
//@ quiet function=scene
//@ quiet function=shared_once
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

trait Shape {
    fn area(&self) -> f64;
}

struct Circle(f64);
struct Rect(f64, f64);

impl Shape for Circle {
    fn area(&self) -> f64 {
        self.0 * self.0 * 3.14
    }
}
impl Shape for Rect {
    fn area(&self) -> f64 {
        self.0 * self.1
    }
}

#[inline(never)]
fn measure(shape: &dyn Shape) -> f64 {
    shape.area() * 0.5
}

#[inline(never)]
fn area_of(n: u32) -> f64 {
    let shape: Box<dyn Shape> = if n % 3 == 0 {
        Box::new(Circle(f64::from(n))) // <- box-dyn
    } else {
        Box::new(Rect(f64::from(n), 2.0)) // <- box-dyn
    };
    measure(&*shape)
}

#[inline(never)]
fn area_by_ref(n: u32) -> f64 {
    let (circle, rect) = (Circle(f64::from(n)), Rect(f64::from(n), 2.0));
    measure(if n % 3 == 0 { &circle as &dyn Shape } else { &rect })
}

enum Any {
    Circle(Circle),
    Rect(Rect),
}

#[inline(never)]
fn area_enum(n: u32) -> f64 {
    match if n % 3 == 0 { Any::Circle(Circle(f64::from(n))) } else { Any::Rect(Rect(f64::from(n), 2.0)) } {
        Any::Circle(shape) => measure(&shape),
        Any::Rect(shape) => measure(&shape),
    }
}

struct Matrix {
    cells: [f64; 16],
}

#[inline(never)]
fn rounded(n: u32) -> f64 {
    let mut matrix = black_box(Box::new(Matrix { cells: [f64::from(n); 16] })); // <- box-big
    for (i, cell) in matrix.cells.iter_mut().enumerate() {
        *cell = (*cell + i as f64).round();
    }
    matrix.cells.iter().sum()
}

#[inline(never)]
fn total(numbers: &Rc<[u32; 4]>, depth: u32) -> u32 {
    let mine = Rc::clone(numbers);
    if depth == 0 { mine.iter().sum() } else { total(&mine, depth - 1) + mine[0] }
}

#[inline(never)]
fn shared_sum(n: u32) -> u32 {
    let numbers = Rc::new([n, n + 1, n + 2, n + 3]); // <- box-rc
    total(&numbers, 2)
}

#[inline(never)]
fn shared_once(n: u32, numbers: &Rc<[u32; 4]>) -> u32 {
    total(numbers, 2) ^ n
}

struct Event {
    id: u64,
    weight: f32,
}

#[inline(never)]
fn published(id: u64) -> u64 {
    let event = Arc::new(Event { id, weight: 0.5 }); // <- box-arc
    let subscribers = [Arc::clone(&event), Arc::clone(&event)];
    subscribers.iter().map(|e| black_box(e).id + e.weight as u64).sum()
}

fn adder(n: u64) -> Box<dyn Fn(u64) -> u64> {
    Box::new(move |x| x + n) // <- box-closure
}

#[inline(never)]
fn pick(n: u64) -> u64 {
    let step = black_box(adder(n));
    step(n) ^ 3
}

/// Recursion needs its boxes, and they live.
struct Tree {
    root: Option<Box<Node>>,
}

struct Node {
    key: u32,
    left: Tree,
    right: Tree,
}

impl Tree {
    #[inline(never)]
    fn insert(&mut self, key: u32) {
        match &mut self.root {
            None => {
                let (left, right) = (Tree { root: None }, Tree { root: None });
                self.root = Some(Box::new(Node { key, left, right }));
            }
            Some(node) if key < node.key => node.left.insert(key),
            Some(node) => node.right.insert(key),
        }
    }

    fn depth(&self) -> usize {
        self.root.as_ref().map_or(0, |n| 1 + n.left.depth().max(n.right.depth()))
    }
}

#[inline(never)]
fn scene(n: u32) -> Vec<Box<dyn Shape>> {
    (0..n)
        .map(|i| -> Box<dyn Shape> {
            if i % 2 == 0 { Box::new(Circle(f64::from(i))) } else { Box::new(Rect(1.0, f64::from(i))) }
        })
        .collect()
}

fn main() {
    let (mut sum, mut ids) = (0f64, 0u64);
    let numbers = Rc::new([1, 2, 3, 4]);
    for i in 0..250_000 {
        sum += area_of(black_box(i)) + area_by_ref(black_box(i)) + area_enum(black_box(i));
        sum += rounded(black_box(i));
        ids += u64::from(shared_sum(black_box(i))) + u64::from(shared_once(black_box(i), &numbers));
        ids += published(black_box(u64::from(i))) + pick(black_box(u64::from(i)));
    }
    let mut tree = Tree { root: None };
    for i in 0..20_000u32 {
        tree.insert(i.wrapping_mul(2_654_435_761));
    }
    let shapes = scene(black_box(20_000));
    sum += shapes.iter().map(|s| s.area()).sum::<f64>();
    println!("{sum} {ids} {}", tree.depth());
}
