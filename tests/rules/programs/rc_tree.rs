// An outline of nodes that share each other by Rc and change by RefCell.
//@ expect=clone function=depth line=tree-children
//@ expect=clone function=count_named line=tree-name
//@ expect=format-temp function=longest_path line=tree-path
//@ expect=box-churn function=total line=tree-cell
//@ expect=growth function=leaves line=tree-leaves
//@ expect=string-temp function=tags_of line=tree-tags
//@ expect=box-churn|error-box function=check|checked line=tree-error
//@ quiet function=depth_borrowed
//@ quiet function=count_named_str
//@ quiet function=longest_path_in
//@ quiet function=total_in
//@ quiet function=leaves_into
//@ quiet function=build
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::rc::Rc;

type Link = Rc<RefCell<Node>>;

struct Node {
    name: String,
    value: u64,
    children: Vec<Link>,
}

#[inline(never)]
fn build(level: usize, id: u64) -> Link {
    let mut children = Vec::with_capacity(3);
    if level > 0 {
        children.extend((0..3).map(|n| build(level - 1, id * 3 + n)));
    }
    Rc::new(RefCell::new(Node { name: format!("node number {}", id % 50), value: id, children }))
}

#[inline(never)]
fn depth(node: &Link) -> usize {
    let mut deepest = 0;
    for child in node.borrow().children.clone() { // <- tree-children
        deepest = deepest.max(depth(&child));
    }
    deepest + 1
}

#[inline(never)]
fn depth_borrowed(node: &Link) -> usize {
    node.borrow().children.iter().map(depth_borrowed).max().unwrap_or(0) + 1
}

#[inline(never)]
fn count_named(node: &Link, wanted: &str) -> usize {
    let name = node.borrow().name.clone(); // <- tree-name
    let below: usize = node.borrow().children.iter().map(|c| count_named(c, wanted)).sum();
    below + usize::from(name == wanted)
}

#[inline(never)]
fn count_named_str(node: &Link, wanted: &str) -> usize {
    let node = node.borrow();
    usize::from(node.name == wanted) + node.children.iter().map(|c| count_named_str(c, wanted)).sum::<usize>()
}

#[inline(never)]
fn longest_path(node: &Link, above: &str) -> usize {
    let node = node.borrow();
    let path = format!("{above}/{}", node.name); // <- tree-path
    node.children.iter().map(|c| longest_path(c, &path)).max().unwrap_or(0).max(path.len())
}

#[inline(never)]
fn longest_path_in(node: &Link, path: &mut String) -> usize {
    let node = node.borrow();
    let before = path.len();
    path.push('/');
    path.push_str(&node.name);
    let mut longest = path.len();
    for child in &node.children {
        longest = longest.max(longest_path_in(child, path));
    }
    path.truncate(before);
    longest
}

#[inline(never)]
fn visit(node: &Link, sum: &dyn Fn(u64)) {
    sum(node.borrow().value);
    node.borrow().children.iter().for_each(|c| visit(c, sum));
}

#[inline(never)]
fn total(node: &Link) -> u64 {
    let sum = Rc::new(Cell::new(0u64)); // <- tree-cell
    let shared = black_box(Rc::clone(&sum));
    shared.set(node.borrow().value);
    node.borrow().children.iter().map(total).sum::<u64>() + sum.get()
}

#[inline(never)]
fn total_in(node: &Link) -> u64 {
    let sum = Cell::new(0u64);
    visit(node, &|value| sum.set(sum.get() + value));
    sum.get()
}

#[inline(never)]
fn leaves(node: &Link) -> Vec<u64> {
    let node = node.borrow();
    if node.children.is_empty() {
        return [node.value; 1].to_vec();
    }
    let mut all = Vec::new();
    for child in &node.children {
        for leaf in 0..9 {
            all.push(child.borrow().value + leaf); // <- tree-leaves
        }
    }
    all
}

#[inline(never)]
fn leaves_into(node: &Link, all: &mut Vec<u64>) {
    let node = node.borrow();
    if node.children.is_empty() {
        all.push(node.value);
    }
    node.children.iter().for_each(|c| leaves_into(c, all));
}

#[inline(never)]
fn tags_of(node: &Link) -> usize {
    let node = node.borrow();
    let mut longest = 0;
    for word in node.name.split(' ') {
        let tag = word.to_string(); // <- tree-tags
        longest = longest.max(black_box(&tag).len());
    }
    longest + node.children.iter().map(tags_of).sum::<usize>()
}

#[derive(Debug)]
struct Odd(u64);

#[inline(never)]
fn check(value: u64) -> Result<u64, Box<Odd>> {
    if value % 2 == 1 { Err(Box::new(Odd(value))) } else { Ok(value) } // <- tree-error
}

#[inline(never)]
fn checked(node: &Link) -> u64 {
    let node = node.borrow();
    let own = match check(black_box(node.value)) { Ok(value) => value, Err(odd) => odd.0 - 1 }; // <- tree-error
    own + node.children.iter().map(checked).sum::<u64>()
}

fn inner_leaves(node: &Link) -> usize {
    let below: usize = node.borrow().children.iter().map(inner_leaves).sum();
    below + if node.borrow().children.is_empty() { 0 } else { leaves(node).len() }
}

fn main() {
    let root = build(8, 1);
    let mut sum = 0usize;
    let (mut path, mut all) = (String::new(), Vec::new());
    for _ in 0..25 {
        sum += depth(&root) + depth_borrowed(&root);
        sum += count_named(&root, "node number 7") + count_named_str(&root, "node number 7");
        sum += longest_path(&root, "") + longest_path_in(&root, &mut path);
        sum += (total(&root) + total_in(&root) + checked(&root)) as usize;
        sum += inner_leaves(&root) + tags_of(&root);
        all.clear();
        leaves_into(&root, &mut all);
        sum += all.len();
    }
    println!("{sum}");
}
