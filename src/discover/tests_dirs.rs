//! Test code by its path. Its calls are counted but are no processing of personal data.

const FOLDERS: &[&str] = &[
    "__mocks__",
    "__test__",
    "__tests__",
    "cypress",
    "e2e",
    "e2e-tests",
    "e2e_tests",
    "integration-tests",
    "integration_tests",
    "mocks",
    "playwright",
    "spec",
    "specs",
    "test",
    "testing",
    "tests",
];

/// Whether a file is part of the tests, from its path relative to the scanned root.
#[must_use]
pub fn is_test(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    if folders.split('/').any(|f| FOLDERS.binary_search(&f).is_ok()) {
        return true;
    }
    if let Some(stem) = name.strip_suffix(".py").or_else(|| name.strip_suffix(".ipynb")) {
        return stem == "conftest" || stem == "tests" || stem.starts_with("test_") || stem.ends_with("_test");
    }
    // `chat.test.tsx`, `form.stories.ts`, `login.cy.ts`, `vitest.setup.ts`
    let mut parts = name.rsplit('.');
    let _ending = parts.next();
    let marker = parts.next().unwrap_or_default();
    let has_stem = parts.next().is_some();
    match marker {
        "test" | "spec" | "stories" | "cy" | "e2e" | "e2e-spec" => has_stem,
        "setup" => name.starts_with("vitest.") || name.starts_with("jest."),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_sorted_for_the_search() {
        let mut sorted = FOLDERS.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, FOLDERS);
    }

    #[test]
    fn by_folder_and_by_name() {
        for path in [
            "tests/a.py",
            "src/__tests__/a.ts",
            "a/conftest.py",
            "app/test_chat.py",
            "app/chat_test.py",
            "app/tests.py",
            "src/a.test.tsx",
            "src/a.spec.ts",
            "src/a.stories.tsx",
            "a/b.cy.ts",
            "tests/fixtures/a.py",
            "packages/e2e_tests/docker-compose.yml",
        ] {
            assert!(is_test(path), "{path}");
        }
        for path in
            ["a/contest.py", "src/latest.ts", "src/test.ts", "fixtures/app/a.py", "src/spec.ts", "testimonials/a.ts"]
        {
            assert!(!is_test(path), "{path}");
        }
    }
}
