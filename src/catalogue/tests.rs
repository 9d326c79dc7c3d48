//! Tests of the catalogue: every file is sound, and representative paths find their rows.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use super::rows::*;
use super::*;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::builtin().expect("the built-in catalogue"));

const PY: Lang = Lang::Python;
const JS: Lang = Lang::Js;

fn toml_files(dir: &Path, below: &str, out: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            toml_files(&entry.path(), &format!("{name}/"), out);
        } else if name.ends_with(".toml") {
            out.insert(name);
        }
    }
}

#[test]
fn every_file_is_embedded_and_parses() {
    let mut on_disk = BTreeSet::new();
    toml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("queries"), "", &mut on_disk);
    // These have tables of their own.
    for own in [
        "configuration.toml",
        "dpia.toml",
        "methods.toml",
        "personal-data.toml",
        "practices.toml",
        "prompts.toml",
        "provider-facts.toml",
        "remote.toml",
        "triggers.toml",
    ] {
        assert!(on_disk.remove(own), "{own} is gone");
    }
    on_disk.retain(|name| !name.starts_with("wording/"));
    let embedded: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(on_disk, embedded);
    for (path, text) in FILES {
        let file: Result<CatalogueFile, _> = toml::from_str(text);
        assert!(file.is_ok(), "{path}: {}", file.unwrap_err());
        assert!(text.starts_with("# "), "{path} says in its first line what it is");
    }
}

#[test]
fn ids_are_unique() {
    let c = &*CATALOGUE;
    let tables: [(&str, Vec<&String>); 11] = [
        ("type", c.types.iter().map(|r| &r.id).collect()),
        ("call", c.calls.iter().map(|r| &r.id).collect()),
        ("provider", c.providers.iter().map(|r| &r.id).collect()),
        ("host", c.hosts.iter().map(|r| &r.pattern).collect()),
        ("input", c.inputs.iter().map(|r| &r.id).collect()),
        ("safeguard", c.safeguards.iter().map(|r| &r.id).collect()),
        ("output", c.outputs.iter().map(|r| &r.id).collect()),
        ("transparent", c.transparent.iter().map(|r| &r.id).collect()),
        ("schema", c.schemas.iter().map(|r| &r.id).collect()),
        ("store", c.stores.iter().map(|r| &r.id).collect()),
        ("file", c.files.iter().map(|r| &r.id).collect()),
    ];
    for (table, ids) in tables {
        let mut seen = BTreeSet::new();
        for id in ids {
            assert!(!id.is_empty() && seen.insert(id), "[[{table}]] `{id}` is empty or twice there");
        }
    }
}

#[test]
fn every_provider_is_known() {
    let c = &*CATALOGUE;
    let known: BTreeSet<&str> = c.providers.iter().map(|p| p.id.as_str()).collect();
    let tables: BTreeSet<&str> = c.prefixes.iter().map(|p| p.table.as_str()).collect();
    let classes: BTreeSet<&str> = c.classes.iter().map(|p| p.table.as_str()).collect();
    let check = |what: &str, id: &str| {
        let by = match id.strip_prefix("by-model-prefix:") {
            Some(table) => tables.contains(table),
            None => id.is_empty() || ["by-type", "by-config"].contains(&id) || known.contains(id),
        };
        assert!(by, "{what}: provider `{id}`");
    };
    c.types.iter().for_each(|r| check(&r.id, &r.provider));
    c.types.iter().for_each(|r| r.provider_switch.values().for_each(|p| check(&r.id, p)));
    c.calls.iter().for_each(|r| check(&r.id, &r.provider));
    c.hosts.iter().for_each(|r| check(&r.pattern, &r.provider));
    c.env.iter().for_each(|r| check(&r.name, &r.provider));
    c.models.iter().for_each(|r| check(&r.prefix, &r.provider));
    c.prefixes.iter().for_each(|r| check(&r.prefix, &r.provider));
    c.classes.iter().for_each(|r| check(&r.name, &r.provider));
    c.safeguards.iter().for_each(|r| check(&r.id, &r.provider));
    for row in c.types.iter().filter(|r| !r.class_table.is_empty()) {
        assert!(classes.contains(row.class_table.as_str()), "{}: class_table `{}`", row.id, row.class_table);
    }
}

#[test]
fn words_are_of_the_contract() {
    let c = &*CATALOGUE;
    let ops = [
        "chat",
        "completion",
        "embedding",
        "image",
        "audio",
        "moderation",
        "file_upload",
        "fine_tune",
        "batch",
        "rerank",
        "agent_run",
        "vector_upsert",
        "observability",
        "local_inference",
        "training",
        "propagate",
        "config",
        "tool",
        "ui",
        "db_read",
        "db_write",
        "http_out",
        "search",
    ];
    for row in &c.calls {
        assert!(ops.contains(&row.op.as_str()), "{}: op `{}`", row.id, row.op);
        assert!(["remote", "local", "config"].contains(&row.place.as_str()), "{}: where `{}`", row.id, row.place);
        assert!(row.on.is_empty() == row.chain.is_empty(), "{}: `on` and `chain` go together", row.id);
        assert!(!row.chain.is_empty() || !row.function.is_empty(), "{}: matches nothing", row.id);
        assert!(["call+args", "call", "no"].contains(&row.verified.as_str()), "{}: verified", row.id);
    }
    let kinds = [
        "http_request",
        "chat_message",
        "file_upload",
        "file_read",
        "db_read",
        "session_user",
        "queue_message",
        "tool_call",
        "form",
        "email",
        "api_read",
        "transcript",
        "observation",
        "cli",
    ];
    let categories =
        ["free_text", "communications_content", "online_identifier", "biometric", "photo", "location", "other"];
    for row in &c.inputs {
        assert!(kinds.contains(&row.kind.as_str()), "{}: kind `{}`", row.id, row.kind);
        assert!(categories.contains(&row.category.as_str()), "{}: category `{}`", row.id, row.category);
        assert!(["high", "medium", "low"].contains(&row.confidence.as_str()), "{}: confidence", row.id);
        assert!(!row.label.is_empty(), "{}: label", row.id);
    }
    let uses = ["stored", "returned_to_user", "sent", "decision", "tool_execution", "fed_to_model"];
    c.outputs.iter().for_each(|r| assert!(uses.contains(&r.usage.as_str()), "{}: use `{}`", r.id, r.usage));
    let wrappers = ["call_argument", "callable", "partial", "value", "result", "list", "default"];
    c.transparent.iter().for_each(|r| assert!(wrappers.contains(&r.kind.as_str()), "{}: kind `{}`", r.id, r.kind));
}

#[test]
fn no_two_rows_claim_one_method() {
    let mut seen = std::collections::BTreeMap::new();
    for row in &CATALOGUE.calls {
        for ty in row.also.iter().chain((!row.on.is_empty()).then_some(&row.on)) {
            for chain in &row.chain {
                let before = seen.insert((ty.clone(), chain.replace("()", "")), row.id.clone());
                assert!(before.is_none(), "`{ty}` `{chain}`: {} and {}", before.unwrap(), row.id);
            }
        }
    }
}

#[test]
fn constructors_find_their_type() {
    let rows = [
        (PY, "openai.OpenAI", None, "openai.client"),
        (PY, "openai.lib.azure.AsyncAzureOpenAI", None, "openai.azure"),
        (PY, "boto3.client", Some("bedrock-runtime"), "aws.bedrock-runtime"),
        (PY, "boto3.Session().client", Some("bedrock-agent-runtime"), "aws.bedrock-agent-runtime"),
        (PY, "langchain_openai.ChatOpenAI", None, "lc.chat"),
        (PY, "langchain_openai.chat_models.azure.AzureChatOpenAI", None, "lc.chat"),
        (PY, "langchain_community.chat_models.openai.ChatOpenAI", None, "lc.chat"),
        (PY, "langchain.llms.OpenAI", None, "lc.chat"),
        (PY, "langchain_ollama.OllamaEmbeddings", None, "lc.embeddings"),
        (PY, "langchain.chains.LLMMathChain", None, "lc.chain"),
        (PY, "langchain.chains.ConversationalRetrievalChain.from_llm", None, "lc.chain"),
        (PY, "langchain.chains.RetrievalQA.from_chain_type", None, "lc.chain"),
        (PY, "langchain_core.prompts.ChatPromptTemplate.from_messages", None, "lc.prompt"),
        (PY, "langchain_core.prompts.chat.ChatPromptTemplate.from_template", None, "lc.prompt"),
        (PY, "langchain_groq.chat_models.ChatGroq", None, "lc.chat"),
        (PY, "langchain_community.vectorstores.chroma.Chroma", None, "lc.vectorstore"),
        (PY, "langchain_community.vectorstores.Chroma.from_documents", None, "lc.vectorstore"),
        (PY, "langchain_community.vectorstores.azuresearch.AzureSearch", None, "lc.vectorstore"),
        (PY, "langchain.vectorstores.pinecone.Pinecone", None, "lc.vectorstore"),
        (PY, "langgraph.prebuilt.create_react_agent", None, "lc.agent"),
        (PY, "langchain.agents.initialize_agent", None, "lc.agent.tools_first"),
        (PY, "langgraph.graph.StateGraph().compile", None, "langgraph.app"),
        (PY, "llama_index.core.indices.VectorStoreIndex", None, "li.index"),
        (PY, "llama_index.llms.openai.OpenAI", None, "li.llm"),
        (PY, "autogen.AssistantAgent", None, "autogen.v02"),
        (PY, "lancedb.connect().open_table", None, "lancedb.table"),
        (PY, "chromadb.PersistentClient().get_or_create_collection", None, "chroma.collection"),
        (PY, "stability_sdk.client.StabilityInference", None, "stability.client"),
        (PY, "transformers.pipeline", None, "hf.pipeline"),
        (PY, "llama_cpp.Llama", None, "llamacpp"),
        (JS, "openai#default", None, "js.openai"),
        (JS, "@ai-sdk/openai#createOpenAI", None, "js.ai.provider"),
        (JS, "@ai-sdk/openai#openai", None, "js.ai.model"),
        (JS, "@ai-sdk/openai#openai.chat", None, "js.ai.model"),
        (JS, "@langchain/openai#ChatOpenAI", None, "js.lc.chat"),
        (JS, "@langchain/langgraph#StateGraph().addNode().addEdge().compile", None, "js.lc.agent"),
        (JS, "@11labs/react#useConversation", None, "js.elevenlabs.conversation"),
        (JS, "@aws-sdk/client-bedrock-runtime#BedrockRuntimeClient", None, "js.bedrock"),
    ];
    for (lang, path, first, id) in rows {
        let found = CATALOGUE.type_by_ctor(lang, path, first).map(|t| CATALOGUE.type_row(t).id.as_str());
        assert_eq!(found, Some(id), "{path}");
    }
    for path in [
        "boto3.client",
        "langchain.llms.utils.enforce_stop_tokens",
        "google.cloud.storage.Client",
        "openai.types.Batch",
        "langchain_core.messages.ChatMessage",
    ] {
        let found = CATALOGUE.type_by_ctor(PY, path, Some("s3")).map(|t| CATALOGUE.type_row(t).id.as_str());
        assert_eq!(found, None, "{path}");
    }
}

#[test]
fn functions_find_their_row() {
    let rows = [
        (PY, "litellm.acompletion", "litellm.python.completion"),
        (PY, "openai.ChatCompletion.create", "openai.python.v0.chat"),
        (PY, "openai.chat.completions.create", "openai.python.chat.create"),
        (PY, "openai.OpenAI().beta.threads.messages.create", "openai.python.threads.messages"),
        (PY, "agents.Runner.run_streamed", "openai-agents.python.runner"),
        (PY, "langchain_community.vectorstores.FAISS.from_documents", "langchain.python.vs.from"),
        (PY, "langchain.indexes.index", "lc.indexes"),
        (PY, "chainlit.instrument_openai", "chainlit.instrument"),
        (JS, "ai#generateText", "ai.js.generateText"),
        (JS, "ai#experimental_generateImage", "ai.js.generateImage"),
        (
            JS,
            "@aws-sdk/client-bedrock-agent-runtime#RetrieveCommand",
            "@aws-sdk/client-bedrock-agent-runtime.js.retrieve",
        ),
        (JS, "@11labs/client#Conversation.startSession", "elevenlabs.js.conversation"),
        (JS, "ollama#default.chat", "ollama.js.chat"),
    ];
    for (lang, path, id) in rows {
        let found = CATALOGUE.function(lang, path).map(|t| CATALOGUE.call_row(t).id.as_str());
        assert_eq!(found, Some(id), "{path}");
    }
    for path in ["os.path.join", "googleapiclient.discovery.build", "openai.RateLimitError"] {
        assert_eq!(CATALOGUE.function(PY, path), None, "{path}");
    }
}

#[test]
fn methods_and_members() {
    let c = &*CATALOGUE;
    let ty = |id: &str| c.type_by_id(id).unwrap_or_else(|| panic!("{id}"));
    let rows = [
        ("openai.client", "chat.completions.create", "chat"),
        ("openai.azure", "responses.create", "chat"),
        ("openai.client", "beta.assistants.create", "agent_run"),
        ("openai.client", "beta.threads.runs.stream", "agent_run"),
        ("openai.client", "vector_stores.files.create", "vector_upsert"),
        ("openai.client", "files.create", "file_upload"),
        ("lc.chain", "acall", "chat"),
        ("lc.agent", "arun", "agent_run"),
        ("langgraph.app", "astream", "agent_run"),
        ("lc.vectorstore", "similarity_search", "embedding"),
        ("aws.bedrock-agent-runtime", "retrieve", "embedding"),
        ("autogen.v02", "initiate_chat", "agent_run"),
        ("stability.client", "generate", "image"),
        ("haystack1.agent", "run", "agent_run"),
        ("js.supabase", "from().insert", "db_write"),
        ("js.elevenlabs.conversation", "startSession", "agent_run"),
        ("litellm.router", "acompletion", "chat"),
    ];
    for (id, chain, op) in rows {
        let found = c.method(ty(id), chain).map(|ix| c.call_row(ix).op.as_str());
        assert_eq!(found, Some(op), "{id} {chain}");
    }
    assert_eq!(c.member(ty("openai.client"), "with_options", true), Some(ty("openai.client")));
    assert_eq!(c.member(ty("openai.client"), "beta", false), Some(ty("openai.client")));
    assert_eq!(c.member(ty("js.ai.provider"), "__call__", true), Some(ty("js.ai.model")));
    assert_eq!(c.member(ty("lc.vectorstore"), "as_retriever", true), Some(ty("lc.retriever")));
    assert_eq!(c.member(ty("genai.client"), "chats.create", true), Some(ty("genai.chat")));
    assert_eq!(c.member(ty("openai.client"), "chat", false), None);
    assert!(
        c.is_prefix(ty("openai.client"), "chat.completions") && !c.is_prefix(ty("openai.client"), "chat.completion")
    );
}

#[test]
fn distinctive_chains_stand_alone() {
    let c = &*CATALOGUE;
    let op = |lang, chain: &[&str]| c.alone(lang, chain).map(|ix| c.call_row(ix).id.as_str());
    assert_eq!(op(PY, &["self", "client", "chat", "completions", "create"]), Some("openai.python.chat.create"));
    assert_eq!(op(PY, &["x", "beta", "chat", "completions", "create"]), Some("openai.python.chat.create"));
    assert_eq!(op(JS, &["env", "AI", "run"]), Some("@cloudflare/workers-types.js.run"));
    for name in ["create", "invoke", "run", "query", "generate", "search", "add"] {
        assert_eq!(op(PY, &["x", name]), None);
        assert_eq!(op(JS, &["x", name]), None);
    }
    assert_eq!(op(PY, &["drive", "files", "create"]), None);
}

#[test]
fn hosts_and_models() {
    let c = &*CATALOGUE;
    let host = |url: &str| c.host(url).map(|h| h.provider.as_str());
    assert_eq!(host("https://api.groq.com/openai/v1"), Some("groq"));
    assert_eq!(host("https://eu.api.openai.com/v1"), Some("openai"));
    assert_eq!(host("https://my-resource.openai.azure.com/"), Some("azure"));
    assert_eq!(host("http://localhost:11434"), Some("local"));
    assert_eq!(host("http://127.0.0.1:8000/v1"), Some("local"));
    assert_eq!(host("http://ollama:8080"), Some("local"));
    assert_eq!(host("http://10.1.2.3/v1"), Some("local"));
    assert_eq!(host("https://example.com"), None);
    assert!(c.may_be_at("qdrant", "http://localhost:6333") && !c.may_be_at("qdrant", "mongodb://localhost:27017"));
    assert!(
        c.may_be_at("mongodb", "mongodb://localhost:27017") && c.may_be_at("by-config", "mongodb://localhost:27017")
    );
    assert_eq!(host("https://evil-api.openai.com.example.com"), None);
    let url = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/x/invoke";
    let row = c.host(url).unwrap();
    assert_eq!((row.provider.as_str(), c.host_region(row, url).as_deref()), ("bedrock", Some("eu-west-1")));

    let model = |table, name: &str| c.model_provider(table, name).map(|m| (m.provider, m.gateway));
    let of = |p: &str| Some((p.to_owned(), None));
    assert_eq!(model(Some("litellm"), "anthropic/claude-3"), of("anthropic"));
    assert_eq!(model(Some("litellm"), "openrouter/anthropic/claude-3"), of("openrouter"));
    assert_eq!(model(Some("litellm"), "gpt-4o"), of("openai"));
    assert_eq!(model(Some("litellm"), "ollama/llama3"), of("local"));
    assert_eq!(model(Some("langchain_init"), "openai:gpt-4o"), of("openai"));
    let gateway = Some("vercel-gateway".to_owned());
    assert_eq!(model(Some("aisdk_gateway"), "anthropic/claude-3"), Some(("anthropic".to_owned(), gateway)));
    assert_eq!(model(None, "gemini-2.5-pro"), of("google"));
    assert_eq!(model(None, "anthropic.claude-3-sonnet-20240229-v1:0"), of("bedrock"));
    assert_eq!(model(None, "llama3"), None);

    assert_eq!(c.class_provider("langchain", "ChatOpenAI"), Some("openai"));
    assert_eq!(c.class_provider("langchain", "langchain_openai.chat_models.AzureChatOpenAI"), Some("azure"));
    assert_eq!(c.class_provider("llamaindex", "llama_index.llms.groq.Groq"), Some("groq"));
    assert_eq!(c.class_provider("aisdk", "@ai-sdk/google-vertex#createVertex"), Some("google"));
    assert_eq!(c.provider_name("mistral"), Some("Mistral AI"));
}

#[test]
fn flow_rows() {
    let c = &*CATALOGUE;
    let input = |lang, by, path: Option<&str>, names: &[&str]| {
        c.inputs_by(lang, by, path, names).first().map(|r| r.id.as_str())
    };
    assert_eq!(input(PY, InputBy::Decorator, Some("fastapi.FastAPI().post"), &["app", "post"]), Some("fastapi.route"));
    assert_eq!(
        input(PY, InputBy::Decorator, Some("chainlit.on_message"), &["cl", "on_message"]),
        Some("chainlit.message")
    );
    assert_eq!(input(PY, InputBy::Call, None, &["User", "objects", "get"]), Some("django.orm"));
    assert_eq!(input(PY, InputBy::Attribute, Some("flask.request.form"), &["request", "form"]), Some("flask.request"));
    assert_eq!(input(JS, InputBy::Call, None, &["prisma", "user", "findUnique"]), Some("prisma"));
    assert_eq!(input(JS, InputBy::Call, None, &["db", "query", "users", "findFirst"]), Some("drizzle"));
    assert_eq!(input(JS, InputBy::Callback, Some("hono#Hono().post"), &["app", "post"]), Some("hono"));
    assert_eq!(input(JS, InputBy::ParamType, Some("next/server#NextRequest"), &[]), Some("vercel.request"));

    let by_name = |name: &str| c.safeguard_by_name(JS, name).map(|r| (r.id.as_str(), r.clears));
    assert_eq!(by_name("redactPii"), Some(("own.name", true)));
    assert_eq!(by_name("mask_email"), Some(("own.name", true)));
    assert_eq!(by_name("redactSecrets"), None);
    assert_eq!(by_name("sanitizeHtml"), Some(("own.sanitize", false)));
    assert_eq!(by_name("buildPrompt"), None);
    let presidio = "presidio_anonymizer.AnonymizerEngine().anonymize";
    assert!(c.safeguard(PY, Some(presidio), &[]).is_some_and(|r| r.clears));

    let output = |lang, names: &[&str]| c.outputs_by_call(lang, None, names).first().map(|r| r.usage.as_str());
    assert_eq!(output(JS, &["res", "json"]), Some("returned_to_user"));
    assert_eq!(output(JS, &["prisma", "ticket", "update"]), Some("stored"));

    assert!(c.passes_none(PY, Some("len"), &["len"]) && c.passes_none(JS, None, &["text", "includes"]));
    assert!(!c.passes_none(PY, Some("str"), &["str"]) && c.passes_none(PY, None, &["startswith"]));
    assert!(c.schema(JS, "z.object").is_some() && c.http(JS, "global#fetch").is_some());
    assert!(c.mutates_receiver(PY, &["messages", "append"]) && c.mutates_first(JS, "Object.assign"));
    let wrapper = |lang, path| c.transparent_by(lang, Some(path), &[]).map(|r| r.kind.as_str());
    assert_eq!(wrapper(PY, "chainlit.make_async"), Some("callable"));
    assert_eq!(wrapper(PY, "asyncio.to_thread"), Some("call_argument"));
    assert_eq!(wrapper(JS, "Promise.all"), Some("list"));
    let schema = c.schema_by(JS, Some("drizzle-orm/pg-core#pgTable"), &[]).map(|r| (r.fields, r.name));
    assert_eq!(schema, Some((1, Some(0))));
    assert_eq!(
        c.store_by(PY, StoreBy::Set, Some("chainlit.user_session.set"), &[]),
        c.store_by(PY, StoreBy::Get, Some("chainlit.user_session.get"), &[])
    );
}

#[test]
fn own_rows_come_first_and_replace() {
    let own = r##"
        [[type]]
        id = "openai.client"
        lang = "python"
        ctor = ["acme.llm.Client"]
        [[call]]
        id = "acme.ask"
        lang = "python"
        provider = "openai"
        where = "remote"
        op = "chat"
        fn = ["acme.llm.ask"]
        content = ["#0"]
    "##;
    let c = Catalogue::with(toml::from_str(own).unwrap()).unwrap();
    assert!(c.function(PY, "acme.llm.ask").is_some());
    assert!(c.type_by_ctor(PY, "acme.llm.Client", None).is_some());
    let wrong: CatalogueFile = toml::from_str("[[call]]\nid = \"x\"\non = \"nowhere\"\nchain = [\"a\"]").unwrap();
    let error = Catalogue::with(wrong).unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
    assert!(toml::from_str::<CatalogueFile>("[[call]]\nid = \"x\"\ncontents = []").is_err());
}

#[test]
fn readme_explains_every_key() {
    let text = include_str!("../../queries/README.md");
    let rows = include_str!("rows.rs");
    let mut renamed = None;
    for line in rows.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("rename = \"") {
            renamed = rest.split('"').next();
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|l| l.split_once(": ")) {
            let key = renamed.take().unwrap_or(name);
            let explained = text.contains(&format!("`{key}`")) || text.contains(&format!("[[{key}]]"));
            assert!(explained, "queries/README.md does not explain `{key}`");
        }
    }
}

#[test]
fn constructors_and_bindings_are_not_calls() {
    let c = Catalogue::builtin().unwrap();
    let row = |path: &str| c.function(Lang::Python, path).map(|ix| c.call_row(ix).id.clone());
    assert_eq!(row("langchain_openai.AzureChatOpenAI"), None);
    assert_eq!(row("langchain_openai.ChatOpenAI().bind_functions"), None);
}
