//! Time a stage: `cargo bench -p wsgi-benches`, or a part of them: `cargo bench -p wsgi-benches -- router`.

use std::time::Instant;

use criterion::Criterion;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(wsgi_benches::python::attached(|| {
        let mut criterion = Criterion::default().configure_from_args();
        for mut stage in wsgi_benches::stages::all() {
            criterion.bench_function(stage.name(), |bencher| {
                bencher.iter_custom(|times| {
                    let begun = Instant::now();
                    stage.repeat(times);
                    begun.elapsed()
                });
            });
        }
        criterion.final_summary();
    })?)
}
