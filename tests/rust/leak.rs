// What is live at the end: 7 leaked boxes of 40 bytes, a leaked String of 11 bytes, a static
// table that is never dropped (Vec of 3 Strings: 72 bytes, and 3 * 5 bytes), and 4 dropped boxes.
//@ site leak_boxes tb=280 tbk=7 gb=280 gbk=7 eb=280 ebk=7
//@ site leak_text tb=11 tbk=1 gb=11 gbk=1 eb=11 ebk=1
//@ site make_table tb=87 tbk=4 gb=87 gbk=4 eb=87 ebk=4
//@ site dropped tb=262144 tbk=4 gb=65536 gbk=1 eb=0 ebk=0
use std::hint::black_box;
use std::sync::OnceLock;

static TABLE: OnceLock<Vec<String>> = OnceLock::new();

#[inline(never)]
fn leak_boxes(n: u64) {
    for i in 0..n {
        black_box(Box::leak(Box::new([i; 5])));
    }
}

#[inline(never)]
fn leak_text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

#[inline(never)]
fn make_table() -> Vec<String> {
    vec!["first".to_owned(), "other".to_owned(), "third".to_owned()]
}

#[inline(never)]
fn dropped() {
    black_box(Box::new(black_box([0u8; 65536])));
}

fn main() {
    leak_boxes(black_box(7));
    let text = leak_text(black_box("eleven byte"));
    let first = &TABLE.get_or_init(make_table)[0];
    for _ in 0..4 {
        dropped();
    }
    println!("{text} {first}");
}
