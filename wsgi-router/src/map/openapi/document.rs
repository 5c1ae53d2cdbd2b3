//! The objects of an OpenAPI description, as many as the skeleton has.

use serde::{Serialize, Serializer};

use crate::map::report::{ReportDomain, ReportLine};
use crate::map::schema::Schema;

#[derive(Serialize)]
pub(super) struct Document<'r> {
    pub(super) openapi: &'static str,
    pub(super) info: Info<'r>,
    pub(super) paths: Ordered<PathItem<'r>>,
    #[serde(rename = "x-undescribed", skip_serializing_if = "Vec::is_empty")]
    pub(super) undescribed: Vec<Undescribed<'r>>,
}

#[derive(Serialize)]
pub(super) struct Info<'r> {
    pub(super) title: &'r str,
    pub(super) version: &'r str,
}

/// An object whose members stay in their order.
pub(super) struct Ordered<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<T> Ordered<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let found = self.0.iter_mut().find(|(known, _)| known == key);
        found.map(|(_, value)| value)
    }
}

#[derive(Default, Serialize)]
pub(super) struct PathItem<'r> {
    #[serde(flatten)]
    pub(super) operations: Ordered<Operation<'r>>,
    #[serde(
        rename = "x-additionalOperations",
        skip_serializing_if = "Ordered::is_empty"
    )]
    pub(super) additional: Ordered<Operation<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation<'r> {
    pub(super) operation_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) servers: Vec<Server>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    pub(super) responses: Ordered<Response>,
    #[serde(rename = "x-routes")]
    pub(super) routes: Vec<Route<'r>>,
}

#[derive(Clone, PartialEq, Serialize)]
pub(super) struct Server {
    pub(super) url: String,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    pub(super) variables: Ordered<Variable>,
}

#[derive(Clone, PartialEq, Serialize)]
pub(super) struct Variable {
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<String>,
    pub(super) default: String,
}

impl<T: Clone> Clone for Ordered<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: PartialEq> PartialEq for Ordered<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[derive(Clone, Serialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: &'static str,
    pub(super) required: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    pub(super) schema: AnySchema,
}

/// The schema of one route, or those of several.
#[derive(Clone)]
pub(super) struct AnySchema(pub(super) Vec<Schema>);

impl Serialize for AnySchema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [schema] => schema.serialize(serializer),
            schemas => serializer.collect_map([("anyOf", schemas)]),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Response {
    pub(super) description: &'static str,
}

/// A route as it was written.
#[derive(Serialize)]
pub(super) struct Route<'r> {
    pub(super) path: &'r str,
    pub(super) endpoint: &'r str,
    #[serde(flatten)]
    pub(super) domain: Option<&'r ReportDomain>,
    #[serde(skip_serializing_if = "no_values", with = "crate::map::export::values")]
    pub(super) defaults: &'r crate::map::value::Values,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) notes: &'r [String],
}

#[derive(Serialize)]
pub(super) struct Undescribed<'r> {
    #[serde(flatten)]
    pub(super) route: Route<'r>,
    pub(super) reason: &'static str,
}

fn no_values(values: &&crate::map::value::Values) -> bool {
    values.is_empty()
}

impl<'r> Route<'r> {
    pub(super) fn of(line: &'r ReportLine) -> Self {
        Self {
            path: &line.path,
            endpoint: &line.endpoint,
            domain: line.domain.as_ref(),
            defaults: &line.defaults,
            notes: &line.notes,
        }
    }
}
