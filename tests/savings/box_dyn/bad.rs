//@ rule=box-churn function=shape
// A trait object for each shape, used at once.
use std::hint::black_box;

trait Area {
    fn area(&self) -> f64;
}
struct Square(f64);
impl Area for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

#[inline(never)]
fn shape(side: f64) -> Box<dyn Area> {
    Box::new(Square(side))
}

fn main() {
    let mut total = 0.0;
    for i in 0..8_000_000 {
        total += black_box(shape(f64::from(i))).area();
    }
    println!("{total}");
}
