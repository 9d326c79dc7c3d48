//! Schemas as they stand in well-known kinds of applications, and what each of their fields should be.

use super::{FieldQuery, PersonalData, Strength};
use crate::ir::ClassKind;

/// Owner, and its fields as `name[:type][=category]`; without a category the field is not personal data.
const SCHEMAS: &[(&str, &str)] = &[
    // Accounts: a web framework's user, and the tables of a sign-in library.
    (
        "User",
        "id:int username:CharField=online_identifier first_name:CharField=name last_name:CharField=name email:EmailField=email \
         password:CharField=credentials is_staff:BooleanField is_active:bool date_joined:DateTimeField last_login:DateTimeField groups",
    ),
    (
        "Account",
        "id:String userId:String=online_identifier type:String provider:String providerAccountId:String=online_identifier \
         refresh_token:String?=credentials access_token:String?=credentials expires_at:Int? token_type:String? scope:String? id_token:String?=credentials",
    ),
    ("Session", "id:String sessionToken:String=credentials userId:String=online_identifier expires:DateTime"),
    (
        "AuditLog",
        "action:str ip_address:str=ip_address user_agent:str=online_identifier created_at:datetime status_code:int",
    ),
    // Trade.
    (
        "Customer",
        "id:string name:string|null=name email:string=email phone:string=phone balance:number=financial currency:string created:number \
         livemode:boolean default_source:string description:string=free_text",
    ),
    (
        "Order",
        "order_number:str total:Decimal status:str customer_name:str=name customer_id:int=online_identifier billing_address:str=postal_address \
         shipping_address:str=postal_address delivery_notes:str=free_text quantity:int sku:str coupon_code:str",
    ),
    (
        "Address",
        "street:string=postal_address city:string=postal_address zip:string=postal_address country:string=postal_address",
    ),
    ("ServerInfo", "address:string port:number protocol:string name:string ip:string version:string"),
    (
        "PaymentMethod",
        "card_number:str=financial cvv:str=financial expiry:str=financial card_holder:str=name is_default:bool",
    ),
    ("BankAccount", "iban:str=financial account_number:str=financial account_holder:str=name"),
    ("Product", "name:str description:str price:float image:str category:str title:str content:str tags:list[str]"),
    ("Invoice", "amount:number=financial customer_email:string=email due_date:Date invoice_type:string"),
    // Mail and chat.
    (
        "EmailMessage",
        "from:string=email to:string[]=email cc:string[]=email subject:string=communications_content body:string=communications_content \
         html:string=communications_content message_id:string date:Date is_read:boolean",
    ),
    (
        "SlackEvent",
        "user:string=online_identifier text:string=communications_content channel:string ts:string type:string",
    ),
    (
        "ChatMessage",
        "id:str role:Literal['user','assistant'] content:str=communications_content created_at:datetime token_count:int model:str",
    ),
    (
        "Conversation",
        "id:string title:string=free_text messages:Message[]=communications_content userId:string=online_identifier modelId:string",
    ),
    (
        "CallTranscript",
        "transcript:str=communications_content duration:int caller_name:str=name from_number:str=phone language:str",
    ),
    (
        "Meeting",
        "transcript:string=communications_content attendees:string[]=name startTime:Date summary:string=communications_content",
    ),
    (
        "SupportTicket",
        "id:int subject:str=communications_content description:str=free_text priority:str status:str customer_email:str=email assignee_id:int=online_identifier",
    ),
    (
        "GitHubIssue",
        "number:number title:string=free_text body:string=communications_content state:string labels:string[] author:string=name",
    ),
    ("Comment", "text:str=communications_content author_name:str=name upvotes:int"),
    ("ProductReview", "rating:int review_text:str=free_text reviewer_name:str=name"),
    // Health.
    (
        "Patient",
        "identifier:string=online_identifier name:HumanName[]=name telecom:ContactPoint[]=phone gender:string=other birthDate:date=dob \
         address:Address[]=postal_address photo:Attachment[]=photo active:boolean",
    ),
    ("Encounter", "diagnosis:str=health symptoms:list[str]=health notes:str=health patient_id:int=online_identifier"),
    ("IntakeForm", "allergies:list[str]=health medications:str=health is_pregnant:bool=health date_of_birth:date=dob"),
    ("HealthCheck", "status:str uptime:float database:str"),
    // Work.
    (
        "Employee",
        "employee_id:str=online_identifier full_name:str=name salary:float=financial job_title:str=employment department:str=employment \
         ssn:str=national_id hire_date:date performance_review:str=employment union_member:bool=special_category religion:str=special_category",
    ),
    (
        "Candidate",
        "name:str=name email:str=email resume_text:str=employment skills:list[str]=employment years_of_experience:int=employment \
         linkedin_url:str=online_identifier score:float=other expected_salary:int=financial",
    ),
    (
        "Resume",
        "summary:str=free_text skills:list[str]=employment certifications:list[str]=employment file_path:str parsed_data:dict=employment",
    ),
    (
        "WorkExperience",
        "company:str=employment title:str=employment start_date:str=employment description:str=employment location:str=location",
    ),
    ("JobPosting", "title:str company:str description:str location:str name:str requirements:list[str]"),
    (
        "Lead",
        "name:str=name company:str=employment email:str=email phone:str=phone source:str lead_score:int=other notes:str=free_text website:str=online_identifier",
    ),
    // Study and dating.
    ("Student", "name:str=name grade_level:str=education gpa:float=education guardian_email:str=email essay:str"),
    ("Course", "name:str title:str description:str duration:int level:str"),
    (
        "UserProfile",
        "bio:string=free_text avatarUrl:string=photo age:number=other sexualOrientation:string=special_category interests:string[]=other \
         location:string=location height:number=health isVerified:boolean theme:string",
    ),
    ("RequestHints", "latitude:string=location longitude:string=location city:string=location country:string=location"),
    (
        "Passenger",
        "name:str=name seat_number:str=other passport_number:str=national_id origin:str=location meal_preference:str=other",
    ),
    ("ContactForm", "name:string=name email:string=email message:string=communications_content"),
    ("FeedbackRequest", "feedback:str=free_text rating:int run_id:str"),
    // Requests to a model.
    (
        "ChatRequest",
        "message:str=communications_content question:str=communications_content model:str temperature:float max_tokens:int stream:bool",
    ),
    ("SearchRequest", "query:str=free_text top_k:int filters:dict"),
    ("GenerateBody", "prompt:string=free_text system_prompt:string model_name:string"),
    ("AgentState", "messages:list[BaseMessage]=communications_content next:str iteration:int"),
    ("Document", "page_content:str=free_text metadata:dict title:str=free_text embedding:list[float]"),
    ("Memory", "content:str=free_text user_id:str=online_identifier"),
    // How a library's users name the models of their data, and what machine learning calls a model.
    ("MessageModel", "content:str=communications_content action:ActionEnum style:StyleEnum created_at:datetime"),
    ("CallGetModel", "messages:list[MessageModel]=communications_content claim:dict=free_text next:NextModel"),
    ("CallInitiateModel", "phone_number:str=phone bot_name:str bot_company:str task:str"),
    ("ReminderModel", "description:str=free_text due_date_time:datetime"),
    ("SynthesisModel", "long:str=free_text short:str=free_text"),
    ("EnquirerModel", "name:str=name email:str=email"),
    ("TrainingModel", "title:str content:str score:float"),
    ("ClaimFieldModel", "name:str description:str type:str"),
    ("ErrorInnerModel", "message:str details:list[str]"),
    ("ToolModel", "content:str function_name:str"),
    ("ChatModel", "name:str description:str content:str messages:int"),
    ("LanguageModel", "name:str prompt:str"),
    ("EmbeddingModel", "text:str input:str name:str"),
    // Text that people write, under the names that frameworks and offices give it.
    ("EmailData", "from_email:str=email subject:str=communications_content page_content:str=communications_content"),
    ("CaseFile", "claim:dict=free_text justification:str=free_text"),
    // What a service is set up with is the operator's own.
    ("CommunicationServicesModel", "access_key:SecretStr endpoint:str phone_number:str email:str"),
    // Tables: what opens an account has many names.
    (
        "mailboxes",
        "id:bigint slug:text slackBotToken:text=credentials widgetHMACSecret:varchar=credentials authenticationToken:text=credentials \
         reactionFeedback:text=free_text assignedToId:text=online_identifier anonymousSessionId:text=online_identifier name:text promptUpdatedAt:timestamp",
    ),
    ("LexerState", "lookaheadToken:str nextToken:Token"),
    ("input", "userId:string=online_identifier displayName:string=name role:string"),
    ("ModelEntry", "id:string displayName:string provider:string"),
    ("Resume", "id:string name:string target_role:string first_name:string=name last_name:string=name"),
    ("Employee", "name:string=name first_name:string=name"),
    ("importSchema.projects", "name:string technologies:string[] url:string"),
    ("importSchema.work_experience", "company:string=employment position:string=employment"),
    ("responseSchema.customer", "name:string=name value:number"),
    ("GuideSessionStep", "description:string completed:boolean"),
    // No persons here.
    ("Tool", "name:str description:str parameters:dict content:str function:Callable prompt:str"),
    (
        "ModelConfig",
        "name:str model:str api_key:str provider:str max_tokens:int system:str prompt:str content:str description:str",
    ),
    ("DatabaseConfig", "host:str port:int username:str password:str name:str"),
    ("Agent", "name:str instructions:str description:str tools:list[Tool] model:str"),
    ("FileMeta", "name:string path:string size:number mimeType:string content:string title:string"),
    ("NavItem", "title:string href:string icon:LucideIcon label:string description:string"),
    ("ButtonProps", "label:string onClick:()=>void text:string title:string message:string children:ReactNode"),
    ("WorkflowNode", "id:string name:string position:{x:number} data:object type:string input:string output:string"),
    ("FormErrors", "email:string password:string name:string phone:string"),
    ("EmailTemplate", "subject:string body:string name:string id:string"),
    ("PromptTemplate", "template:str prompt:str name:str input_variables:list[str]"),
    ("Organization", "name:str description:str domain:str website:str"),
    (
        "NotificationSettings",
        "email_enabled:bool sms_enabled:bool email_count:int email_verified:bool has_phone:bool phone_verified_at:datetime",
    ),
    ("Plugin", "name:str author:str description:str version:str title:str"),
    ("ToastProps", "title:string message:string description:string"),
    ("Label", "id:string name:string color:string"),
    ("Usage", "prompt_tokens:int completion_tokens:int total_tokens:int"),
    ("TokenizerConfig", "token:str name:str max_length:int"),
    ("Column", "name:str type:str description:str title:str"),
    ("Event", "type:string name:string title:string timestamp:number"),
    ("Weather", "city:string temperature:number location:string"),
    ("ApiError", "message:string code:number title:string detail:string"),
];

#[test]
fn known_schemas() {
    let data = PersonalData::builtin().unwrap();
    let mut wrong = Vec::new();
    for (owner, fields) in SCHEMAS {
        let fields: Vec<(&str, Option<&str>, Option<&str>)> = fields
            .split_whitespace()
            .map(|f| {
                let (f, category) =
                    f.rsplit_once('=').filter(|(_, c)| !c.starts_with('>')).map_or((f, None), |(f, c)| (f, Some(c)));
                let (name, ty) = f.split_once(':').map_or((f, None), |(n, t)| (n, Some(t)));
                (name, ty, category)
            })
            .collect();
        let siblings: Vec<&str> = fields.iter().map(|f| f.0).collect();
        for (name, ty, category) in fields {
            let owner_kind = ClassKind::Class;
            let q = FieldQuery { name, owner, owner_kind, ty, siblings: &siblings, file: "app/models.py" };
            let found = data.classify(&q);
            if found.as_ref().map(|f| f.category.as_str()) != category {
                wrong.push(format!("{owner}.{name}: {category:?} expected, {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reads_of_keys() {
    let data = PersonalData::builtin().unwrap();
    for (owner, name, category) in [
        (Some("user"), "email", Some("email")),
        (Some("user"), "name", Some("name")),
        (Some("row"), "phone", Some("phone")),
        (Some("body"), "message", Some("communications_content")),
        (Some("body"), "prompt", Some("free_text")),
        (Some("message"), "content", Some("communications_content")),
        (Some("ticket"), "body", Some("communications_content")),
        (Some("patient"), "notes", Some("health")),
        (None, "first_name", Some("name")),
        (None, "FIRST_NAME", Some("name")),
        (None, "name", None),
        (None, "content", None),
        (Some("tool"), "name", None),
        (Some("error"), "message", None),
        (Some("file"), "name", None),
        (Some("config"), "api_key", None),
        (Some("window"), "location", None),
        (Some("result"), "content", None),
        (Some("lang"), "human_name", None),
        (Some("prompt_config"), "triage_email", None),
        (Some("cfg"), "contact_email", Some("email")),
        (Some("config"), "email", Some("email")),
        (Some("data"), "policyholder_email", Some("email")),
        (Some("data"), "invoice_email", Some("email")),
    ] {
        assert_eq!(data.classify_key(name, owner).map(|c| c.category).as_deref(), category, "{owner:?}.{name}");
    }
}

#[test]
fn a_projects_own_fields_win() {
    let mut data = PersonalData::builtin().unwrap();
    data.add("case_notes", "health", None);
    data.add("Visit.reason", "children", Some(true));
    data.add_never("User.email");
    let key = |owner, name| data.classify_key(name, Some(owner));
    assert_eq!(key("x", "caseNotes").unwrap().category, "health");
    assert!(key("x", "caseNotes").unwrap().special);
    assert_eq!(key("visit", "reason").unwrap().category, "children");
    assert!(data.category_is_special("children"));
    assert_eq!(key("user", "email"), None);
    assert_eq!(key("customer", "email").unwrap().strength, Strength::Strong);
}
