//! csv: orders are read, summed up by customer, and the largest customers are written.
use std::collections::HashMap;
use std::error::Error;

fn make(rows: usize) -> String {
    let mut text = String::from("id,customer,article,pieces,price\n");
    for i in 0..rows {
        text += &format!("{i},customer-{},article {},{},{}.50\n", i * 7 % 211, i % 97, i % 9 + 1, i % 300);
    }
    text
}

#[derive(Default)]
struct Customer {
    orders: u32,
    cents: u64,
    articles: Vec<String>,
}

fn read(text: &str) -> Result<HashMap<String, Customer>, Box<dyn Error>> {
    let mut customers: HashMap<String, Customer> = HashMap::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record?;
        let pieces: u64 = record[3].parse()?;
        let price: f64 = record[4].parse()?;
        let customer = customers.entry(record[1].to_string()).or_default();
        customer.orders += 1;
        customer.cents += pieces * (price * 100.0) as u64;
        if customer.articles.len() < 5 {
            customer.articles.push(record[2].to_string());
        }
    }
    Ok(customers)
}

fn write(customers: &HashMap<String, Customer>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut ranked: Vec<_> = customers.iter().collect();
    ranked.sort_by_key(|(name, c)| (std::cmp::Reverse(c.cents), name.as_str()));
    let mut out = csv::Writer::from_writer(Vec::new());
    for (name, c) in ranked {
        out.write_record([name, &c.orders.to_string(), &c.cents.to_string(), &c.articles.join(" ")])?;
    }
    Ok(out.into_inner()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let text = make(150_000);
    let customers = read(&text)?;
    let written = write(&customers)?;
    println!("{} {}", customers.len(), written.len());
    Ok(())
}
