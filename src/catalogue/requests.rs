//! Plain HTTP requests and hosts: what the catalogue says of URLs, of the clients that ask them, and of who answers.

use super::pattern::glob;
use super::rows::{HeaderRow, HostRow, HttpRow};
use super::{Catalogue, Lang};

impl Catalogue {
    /// Arguments that hold headers, in any SDK.
    #[must_use]
    pub fn header_arguments(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::Python => &self.methods.header_arguments_python,
            Lang::Js => &self.methods.header_arguments_js,
        }
    }

    /// The row of a header, by its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&HeaderRow> {
        let name = name.to_ascii_lowercase();
        self.headers.iter().find(|row| glob(&row.name, &name, b""))
    }

    /// What a request to a model's host does, by its URL.
    #[must_use]
    pub fn url_operation(&self, url: &str) -> &str {
        if let Some(operation) = self.host_operation(url).filter(|o| !o.is_empty()) {
            return operation;
        }
        let url = url.to_ascii_lowercase();
        self.methods.url_operations.iter().find(|(part, _)| url.contains(part)).map_or("chat", |(_, op)| op)
    }

    /// What the host's own row says of the path.
    fn host_operation(&self, url: &str) -> Option<&str> {
        let operations = &self.host(url)?.operations;
        operations.iter().find(|(part, _)| url.contains(part)).map(|(_, op)| op.as_str())
    }

    /// Whether a URL's path is that of a model server.
    #[must_use]
    pub fn is_model_path(&self, url: &str) -> bool {
        let lower = url.to_ascii_lowercase();
        let named = |url: &str| self.methods.model_servers.iter().any(|part| url.contains(part.as_str()));
        self.methods.model_paths.iter().any(|part| url.contains(part.as_str()))
            && (!self.is_common_path(url) || named(&lower))
    }

    /// Whether a provider passes the data on to others.
    #[must_use]
    pub fn is_gateway(&self, provider: &str) -> bool {
        self.providers.iter().any(|p| p.id == provider && (p.kind == "gateway" || p.kind == "proxy"))
    }

    /// Whether a gateway forwards to the SDK's own provider, and chooses none itself.
    #[must_use]
    pub fn is_proxy(&self, provider: &str) -> bool {
        self.providers.iter().any(|p| p.id == provider && p.kind == "proxy")
    }

    /// Whether its servers are each customer's own resource, so that a host that is left open names no other recipient.
    #[must_use]
    pub fn has_own_hosts(&self, provider: &str) -> bool {
        self.providers.iter().any(|p| p.id == provider && p.own_hosts)
    }

    /// Whether it keeps data, and runs no model.
    #[must_use]
    pub fn is_store(&self, provider: &str) -> bool {
        self.providers.iter().any(|p| p.id == provider && matches!(p.kind.as_str(), "vector_db" | "embedded_db"))
    }

    /// Whether it is a store that runs within the program unless it is given a host.
    #[must_use]
    pub fn is_embedded(&self, provider: &str) -> bool {
        self.providers.iter().any(|p| p.id == provider && p.kind == "embedded_db")
    }

    /// Whether requests to this host hand data to a model: it is a model provider's or a gateway's, or a server of
    /// one's own with a model server's path.
    #[must_use]
    pub fn is_model_host(&self, host: &HostRow, url: &str) -> bool {
        if !host.operations.is_empty() {
            return self.host_operation(url).is_some();
        }
        if host.provider == "local" {
            return self.is_model_path(url);
        }
        let kind = self.providers.iter().find(|p| p.id == host.provider).map(|p| p.kind.as_str());
        matches!(kind, Some("model" | "gateway" | "proxy"))
    }

    /// Whether a call of this path opens a connection that is bound to its URL.
    #[must_use]
    pub fn is_connection(&self, lang: Lang, path: &str) -> bool {
        self.http
            .iter()
            .any(|r| r.lang == lang && r.url.iter().any(|u| u == "self") && r.on.iter().any(|on| on == path))
    }

    /// The row of a plain HTTP call.
    #[must_use]
    pub fn http(&self, lang: Lang, path: &str) -> Option<&HttpRow> {
        self.http.iter().filter(|r| r.lang == lang).find(|row| {
            row.function.iter().any(|f| f == path)
                || row.on.iter().any(|on| {
                    let rest = path.strip_prefix(on.as_str()).and_then(|r| r.strip_prefix("()."));
                    rest.is_some_and(|chain| row.chain.iter().any(|c| c == chain))
                })
        })
    }

    /// The arguments in which the constructor of an HTTP client takes the base of its URLs, by their last names.
    pub fn base_url_arguments<'a>(&'a self, lang: Lang, constructor: &'a str) -> impl Iterator<Item = &'a str> {
        let rows = self.http.iter().filter(move |r| r.lang == lang && r.on.iter().any(|on| on == constructor));
        rows.flat_map(|r| &r.base_url).filter_map(|p| p.rsplit(['.', '|']).next())
    }

    /// Whether a URL's path is that of a model server under other people's hosts too: `/api/chat` is also a usual name for a
    /// route of one's own.
    fn is_common_path(&self, url: &str) -> bool {
        self.methods.common_paths.iter().any(|part| url.contains(part.as_str()))
    }

    /// The operation that a model's name gives away: `amazon.titan-embed-text-v2:0` embeds.
    #[must_use]
    pub fn model_operation(&self, model: &str) -> Option<&str> {
        let model = model.to_ascii_lowercase();
        self.methods.model_operations.iter().find(|(part, _)| model.contains(part)).map(|(_, op)| op.as_str())
    }

    /// The provider of a model server whose host is open, by the path: `{}/openai/deployments/{}/chat/completions`.
    #[must_use]
    pub fn path_provider(&self, url: &str) -> Option<&str> {
        self.methods.path_providers.iter().find(|(part, _)| url.contains(part)).map(|(_, provider)| provider.as_str())
    }
}
