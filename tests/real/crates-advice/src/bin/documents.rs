//! serde_json: documents are parsed, changed, looked through and written again.
use serde_json::{json, Value};

fn make(n: usize) -> Vec<String> {
    (0..n)
        .map(|i| {
            json!({
                "id": i, "name": format!("document {i}"), "tags": ["a", "b", format!("tag{}", i % 7)],
                "size": {"width": i * 3 % 400, "height": i * 5 % 300}, "draft": i % 3 == 0,
                "notes": (0..i % 5).map(|n| format!("note {n} of \"{i}\"")).collect::<Vec<_>>(),
            })
            .to_string()
        })
        .collect()
}

fn tagged(document: &Value, wanted: &str) -> bool {
    let tags: Vec<String> = document["tags"]
        .as_array()
        .map(|tags| tags.iter().filter_map(|t| t.as_str()).map(|t| t.to_string()).collect())
        .unwrap_or_default();
    tags.contains(&wanted.to_string())
}

fn enlarge(document: &mut Value) {
    for side in ["width", "height"] {
        let size = document["size"][side].as_u64().unwrap_or(0);
        document["size"][side] = json!(size * 2);
    }
}

fn main() -> serde_json::Result<()> {
    let texts = make(25_000);
    let (mut written, mut found) = (0, 0);
    for text in &texts {
        let mut document: Value = serde_json::from_str(text)?;
        enlarge(&mut document);
        for wanted in ["a", "tag3", "tag9"] {
            found += usize::from(tagged(&document, wanted));
        }
        written += serde_json::to_string(&document)?.len();
    }
    println!("{found} {written}");
    Ok(())
}
