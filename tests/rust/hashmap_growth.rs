// A HashMap that grows by insert. A table of b buckets is one block of 16*b bytes of entries and
// b+16 control bytes; 1000 entries need b = 4, 8 ... 2048 (7/8 full at most), so 10 blocks of
// 17 * (4 + 8 + ... + 2048) + 10 * 16 = 69724 bytes. The old table is freed after the move, so
// the two last are live at the peak: 17 * (1024 + 2048) + 2 * 16 = 52256.
//@ site fill_map tb=69724 tbk=10 gb=52256 gbk=2 eb=0 ebk=0
use std::collections::hash_map::DefaultHasher;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::hint::black_box;

type Map = HashMap<u64, u64, BuildHasherDefault<DefaultHasher>>;

#[inline(never)]
fn fill_map(n: u64) -> Map {
    let mut map = Map::default();
    for i in 0..n {
        map.insert(i, i * i);
    }
    map
}

fn main() {
    let map = fill_map(black_box(1000));
    println!("{}", map[&31]);
}
