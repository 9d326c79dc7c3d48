//! A configuration file as a tree of keys and values with their lines, whatever language it is written in.

/// A value and where it stands. Lines and columns count from 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; a key may stand there twice.
    Map(Vec<(String, Node)>),
}

impl Default for Data {
    fn default() -> Self {
        Data::Text(String::new())
    }
}

/// A value that a path of keys leads to, with the keys, and the mappings on the way, outermost first.
pub(super) struct Hit<'a> {
    pub(super) keys: Vec<&'a str>,
    pub(super) on_the_way: Vec<&'a Node>,
    pub(super) node: &'a Node,
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> &[(String, Node)] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Node] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// Everything that a path leads to: keys, `*` for any key, `**` for any keys or none. Lists are looked into without
    /// being named.
    pub(super) fn find<'a>(&'a self, path: &[&str]) -> Vec<Hit<'a>> {
        let mut hits = Vec::new();
        self.walk(path, &mut Vec::new(), &mut Vec::new(), &mut hits);
        hits
    }

    fn walk<'a>(
        &'a self,
        path: &[&str],
        keys: &mut Vec<&'a str>,
        on_the_way: &mut Vec<&'a Node>,
        hits: &mut Vec<Hit<'a>>,
    ) {
        if let Data::List(items) = &self.data
            && !path.is_empty()
        {
            for item in items {
                item.walk(path, keys, on_the_way, hits);
            }
            return;
        }
        let Some((first, rest)) = path.split_first() else {
            hits.push(Hit { keys: keys.clone(), on_the_way: on_the_way.clone(), node: self });
            return;
        };
        if *first == "**" {
            self.walk(rest, keys, on_the_way, hits);
        }
        on_the_way.push(self);
        for (key, value) in self.entries() {
            if *first == "**" || *first == "*" || *first == key {
                keys.push(key);
                value.walk(if *first == "**" { path } else { rest }, keys, on_the_way, hits);
                keys.pop();
            }
        }
        on_the_way.pop();
    }
}
