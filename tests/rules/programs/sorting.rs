// Keys that are made for each comparison of a sort, and sorts that need none or make each once.
//@ expect=clone:sort-key function=by_name line=key-clone
//@ expect=clone:sort-key function=by_name_unstable line=key-unstable
//@ expect=string-temp:sort-key|format-temp:sort-key function=by_lower line=key-lower
//@ expect=format-temp:sort-key function=by_label line=key-format
//@ quiet function=by_name_borrowed
//@ quiet function=by_lower_cached
//@ quiet function=by_age
use std::hint::black_box;

#[derive(Clone)]
struct Person {
    name: String,
    age: u32,
}

#[inline(never)]
fn by_name(people: &mut [Person]) {
    people.sort_by_key(|p| p.name.clone()); // <- key-clone
}

#[inline(never)]
fn by_name_unstable(people: &mut [Person]) {
    people.sort_unstable_by_key(|p| (p.name.clone(), p.age)); // <- key-unstable
}

#[inline(never)]
fn by_name_borrowed(people: &mut [Person]) {
    people.sort_by(|a, b| a.name.cmp(&b.name));
}

#[inline(never)]
fn by_lower(people: &mut [Person]) {
    people.sort_by_key(|p| p.name.to_lowercase()); // <- key-lower
}

#[inline(never)]
fn by_lower_cached(people: &mut [Person]) {
    people.sort_by_cached_key(|p| p.name.to_lowercase());
}

#[inline(never)]
fn by_label(people: &mut [Person]) {
    people[..800].sort_by_key(|p| format!("{:03} {}", p.age, p.name)); // <- key-format
}

#[inline(never)]
fn by_age(people: &mut [Person]) {
    people.sort_by_key(|p| p.age);
}

fn main() {
    let mut people: Vec<Person> = (0..4_000u32)
        .map(|i| Person { name: format!("Person {:05}", i.wrapping_mul(2_654_435_761) >> 16), age: i % 90 })
        .collect();
    let mut sum = 0u64;
    for sort in [by_name, by_name_unstable, by_name_borrowed, by_lower, by_lower_cached, by_label, by_age] {
        for _ in 0..6 {
            for i in 0..people.len() {
                people.swap(i, i * 7_919 % 4_000);
            }
            sort(black_box(&mut people));
            sum += u64::from(people[2_000].age);
        }
    }
    println!("{sum}");
}
