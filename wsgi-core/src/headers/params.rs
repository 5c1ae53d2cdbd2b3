//! Fields with parameters.

use super::{HeaderError, Headers};

impl Headers {
    /// Adds a field with parameters: `attachment` + `filename` `a "b".txt` becomes
    /// `attachment; filename="a \"b\".txt"`. A parameter without a value stands alone.
    ///
    /// The counterpart of `wsgiref.headers.Headers.add_header`.
    ///
    /// # Errors
    /// As [`try_append`](Headers::try_append).
    pub fn try_append_with_params<'p>(
        &mut self,
        name: &str,
        value: &str,
        params: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
    ) -> Result<(), HeaderError> {
        let mut text = value.to_owned();
        for (key, param) in params {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(key);
            if let Some(param) = param {
                text.push_str("=\"");
                text.push_str(&param.replace('\\', "\\\\").replace('"', "\\\""));
                text.push('"');
            }
        }
        self.try_append(name, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_quoted_as_wsgiref_quotes_them() {
        let mut headers = Headers::new();
        headers
            .try_append_with_params(
                "Content-Disposition",
                "attachment",
                [("filename", Some("a\"b")), ("x", None)],
            )
            .unwrap();
        assert_eq!(
            headers.get_str("content-disposition"),
            Some(r#"attachment; filename="a\"b"; x"#)
        );
    }
}
