//! `MapResponse` around Python, and exported.

use wsgi_core::testing::{EnvironBuilder, run};
use wsgi_core::{Application, ApplicationError};
use wsgi_middleware::MapResponse;

use crate::{closed, python, served};

type Map = fn(&[u8]) -> Result<Vec<u8>, ApplicationError>;

fn loud<A: Application>(app: A) -> MapResponse<A> {
    MapResponse::new(app)
        .headers(|request, headers| Ok(headers.try_insert("X-Path", request.path())?))
        .blocks(|_, _, _| Ok(Some((|block| Ok(block.to_ascii_uppercase())) as Map)))
}

#[test]
fn blocks_of_python_are_mapped_one_by_one_and_closed_once() {
    let (app, module) = python();
    let request = EnvironBuilder::get("/blocks").build();
    let answer = run(&loud(app), request).expect("an answer");
    let blocks: [&[u8]; 3] = [b"ONE", b"", b"TWO"];
    assert_eq!(answer.blocks, blocks);
    assert_eq!(closed(&module), ["/blocks"]);
}

#[test]
fn exported_it_maps_whatever_way_python_answers() {
    for (path, body) in [
        ("/blocks", "ONETWO"),
        ("/write", "ONETWOTHREE"),
        ("/late", "LATE"),
        ("/again", "SORRY"),
    ] {
        let (_, headers, found, _) = served(loud(python().0), path);
        assert_eq!(found, body, "{path}");
        assert_eq!(headers["X-Path"], path);
    }
}
