// A BTreeMap filled in ascending order. A full leaf (11 entries) splits so that 6 stay, one goes
// up and 4 go right, so each leaf but the last takes 7 keys away: 143 leaves (192 bytes: two
// arrays of 11 u64, parent, two u16) for 1000 keys. Inner nodes (288 bytes: 12 edges more)
// split the same way and take 7 keys each, the last up to 11: of the 142 keys that went up 20
// nodes, of the 19 that went up from these 3, and 1 root.
//@ site fill_tree tb=34368 tbk=167 eb=0 ebk=0
use std::collections::BTreeMap;
use std::hint::black_box;

#[inline(never)]
fn fill_tree(n: u64) -> BTreeMap<u64, u64> {
    let mut tree = BTreeMap::new();
    for i in 0..n {
        tree.insert(i, i);
    }
    tree
}

fn main() {
    let tree = fill_tree(black_box(1000));
    println!("{}", tree.len());
}
