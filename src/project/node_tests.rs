//! Tests of [`super::Node`] on file lists in memory.

use std::sync::Arc;

use super::super::Project;

fn project(files: &[&str], configs: &[(&str, &str)]) -> Project {
    let files: Vec<Arc<str>> = files.iter().map(|f| Arc::from(*f)).collect();
    let configs: Vec<_> = configs.iter().map(|(p, t)| (Arc::from(*p), (*t).to_owned())).collect();
    let (project, diagnostics) = Project::new(&files, &configs);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    project
}

#[track_caller]
fn check(project: &Project, from: &str, cases: &[(&str, &str)]) {
    for (spec, want) in cases {
        let got = project.resolve_node(from, spec);
        assert_eq!(got.as_deref().unwrap_or("-"), *want, "{spec} from {from}");
    }
}

#[test]
fn relative() {
    let p = project(
        &[
            "src/a.ts",
            "src/b.tsx",
            "src/c/index.ts",
            "src/d.js",
            "src/d.ts",
            "src/e.d.ts",
            "src/f.mts",
            "index.js",
            "src/g.vue",
        ],
        &[],
    );
    check(
        &p,
        "src/c/x.ts",
        &[
            ("../a", "src/a.ts"),
            ("../b.js", "src/b.tsx"),
            ("..", "-"),
            (".", "src/c/index.ts"),
            ("./", "src/c/index.ts"),
            ("../c", "src/c/index.ts"),
            ("../d.js", "src/d.ts"),
            ("../e", "src/e.d.ts"),
            ("../f.mjs", "src/f.mts"),
            ("../..", "index.js"),
            ("../../..", "-"),
            ("../g.vue", "-"),
            ("../a?raw", "src/a.ts"),
            ("openai", "-"),
            ("node:fs", "-"),
            ("https://esm.sh/x", "-"),
        ],
    );
}

#[test]
fn aliases_of_tsconfig_go_before_guesses() {
    let p = project(
        &["web/src/lib/x.ts", "web/lib/x.ts", "web/app/page.tsx", "api/src/y.ts", "api/main.ts", "app/z.ts"],
        &[
            ("web/package.json", r#"{"name": "web"}"#),
            ("web/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./*\"],},}} // end"),
            ("api/package.json", r#"{"name": "api"}"#),
        ],
    );
    check(&p, "web/app/page.tsx", &[("@/lib/x", "web/lib/x.ts"), ("src/lib/x", "web/src/lib/x.ts"), ("lib/x", "-")]);
    check(
        &p,
        "api/main.ts",
        &[("@/y", "api/src/y.ts"), ("~/z", "app/z.ts"), ("src/y", "api/src/y.ts"), ("/main", "api/main.ts")],
    );
}

#[test]
fn base_url() {
    let p = project(
        &["src/lib/x.ts", "src/pages/a.ts"],
        &[("jsconfig.json", r#"{"compilerOptions": {"baseUrl": "src"}}"#)],
    );
    check(&p, "src/pages/a.ts", &[("lib/x", "src/lib/x.ts"), ("react", "-")]);
}

#[test]
fn workspace_packages() {
    let p = project(
        &[
            "packages/db/src/index.ts",
            "packages/db/src/schema/user.ts",
            "packages/ai/src/client.ts",
            "packages/ai/src/tools/a.ts",
            "packages/ai/src/node.ts",
            "packages/ui/index.tsx",
            "packages/ui/button.tsx",
            "packages/old/lib/index.js",
            "apps/web/page.tsx",
        ],
        &[
            ("package.json", r#"{"workspaces": ["packages/*", "apps/*"]}"#),
            (
                "packages/db/package.json",
                r#"{"name": "@acme/db", "main": "dist/index.js", "types": "dist/index.d.ts"}"#,
            ),
            (
                "packages/ai/package.json",
                r#"{"name": "@acme/ai", "exports": {".": {"types": "./dist/client.d.ts", "import": "./dist/client.mjs"},
                    "./tools/*": "./dist/esm/tools/*.js", "./node": [null, {"node": {"default": "./build/node.js"}}],
                    "./none": null}}"#,
            ),
            ("packages/ui/package.json", r#"{"name": "ui"}"#),
            ("packages/old/package.json", r#"{"name": "old", "main": "lib/index.js"}"#),
            ("apps/web/package.json", r#"{"name": "web", "dependencies": {"@acme/db": "workspace:*"}}"#),
        ],
    );
    check(
        &p,
        "apps/web/page.tsx",
        &[
            ("@acme/db", "packages/db/src/index.ts"),
            ("@acme/db/schema/user", "packages/db/src/schema/user.ts"),
            ("@acme/db/dist/schema/user.js", "packages/db/src/schema/user.ts"),
            ("@acme/ai", "packages/ai/src/client.ts"),
            ("@acme/ai/tools/a", "packages/ai/src/tools/a.ts"),
            ("@acme/ai/node", "packages/ai/src/node.ts"),
            ("@acme/ai/none", "-"),
            ("@acme/none", "-"),
            ("ui", "packages/ui/index.tsx"),
            ("ui/button", "packages/ui/button.tsx"),
            ("old", "packages/old/lib/index.js"),
            ("../../packages/db", "packages/db/src/index.ts"),
        ],
    );
    check(&p, "packages/ai/src/client.ts", &[("@acme/ai/tools/a", "packages/ai/src/tools/a.ts")]);
}

#[test]
fn a_folder_named_like_an_installed_package_is_not_it() {
    let p = project(
        &["examples/openai/index.ts", "examples/openai/x.ts", "examples/b/index.ts", "examples/c/index.ts"],
        &[
            ("examples/openai/package.json", r#"{"name": "openai"}"#),
            ("examples/b/package.json", r#"{"name": "b", "dependencies": {"openai": "^4.0.0"}}"#),
            ("examples/c/package.json", r#"{"name": "c", "dependencies": {"openai": "file:../openai"}}"#),
        ],
    );
    check(&p, "examples/openai/x.ts", &[("openai", "-")]);
    check(&p, "examples/b/index.ts", &[("openai", "-")]);
    check(&p, "examples/c/index.ts", &[("openai", "examples/openai/index.ts")]);
}

#[test]
fn imports_map() {
    let p = project(
        &["src/lib/x.ts", "src/env.node.ts", "src/a.ts"],
        &[(
            "package.json",
            r##"{"name": "me", "imports": {"#lib/*": "./dist/lib/*.js", "#env": {"node": "./src/env.node.js"}, "#loop": "#loop"}}"##,
        )],
    );
    check(&p, "src/a.ts", &[("#lib/x", "src/lib/x.ts"), ("#env", "src/env.node.ts"), ("#loop", "-"), ("#no", "-")]);
}
