//! tokio: tasks that an async function answers, each with texts of its own.

use std::hint::black_box;

struct Request {
    id: u64,
    words: Vec<&'static str>,
}

async fn answer(request: Request) -> usize {
    let mut length = 0;
    for word in &request.words {
        let line = format!("{word} for {}", request.id);
        length += black_box(&line).len();
        tokio::task::yield_now().await;
    }
    length
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let sum: usize = runtime.block_on(async {
        let mut sum = 0;
        for id in 0..30_000 {
            let request = Request { id, words: black_box(vec!["apples", "pears", "plums", "figs"]) };
            sum += tokio::spawn(answer(request)).await.unwrap();
        }
        sum
    });
    println!("{sum}");
}
