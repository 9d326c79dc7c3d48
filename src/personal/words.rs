//! Names as words: splitting, plurals and abbreviations. `userEmails2` is `user email`.

/// The words of an identifier, lower case, singular, abbreviations written out, numbers dropped.
pub(super) fn split(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            end(&mut word, &mut parts);
            continue;
        }
        let before = if i == 0 { None } else { chars.get(i - 1).copied() };
        let next_lower = chars.get(i + 1).is_some_and(|n| n.is_lowercase());
        // `IDs`: a plural, and no word that begins.
        let plural = chars.get(i + 1) == Some(&'s') && !chars.get(i + 2).is_some_and(|n| n.is_lowercase());
        let boundary = match before {
            // `userName`, and the last capital of a run begins the next word: `HTMLBody`.
            Some(p) if c.is_uppercase() => {
                p.is_lowercase() || p.is_ascii_digit() || (p.is_uppercase() && next_lower && !plural)
            }
            // A number after a word is an index (`address2`), unless it belongs to the word (`base64`, `ipv4`, `last4`).
            Some(p) if c.is_ascii_digit() => p.is_alphabetic() && !ends_in_number(&word),
            Some(p) if p.is_ascii_digit() && word.chars().all(|w| w.is_ascii_digit()) => !c.is_ascii_digit(),
            _ => false,
        };
        if boundary {
            end(&mut word, &mut parts);
        }
        word.extend(c.to_lowercase());
    }
    end(&mut word, &mut parts);
    // `IUser`, `TMessage`: the mark of an interface or a type is no word.
    if parts.len() > 1 && matches!(parts[0].as_str(), "i" | "t") && chars[0].is_uppercase() {
        parts.remove(0);
    }
    parts.iter().flat_map(|p| expand(&singular(p))).filter(|w| !w.chars().all(|c| c.is_ascii_digit())).collect()
}

fn end(word: &mut String, parts: &mut Vec<String>) {
    if !word.is_empty() {
        parts.push(std::mem::take(word));
    }
}

fn ends_in_number(word: &str) -> bool {
    matches!(
        word,
        "base" | "ipv" | "last" | "line" | "s" | "base6" | "md" | "sha" | "icd" | "icd1" | "i" | "i1" | "oauth"
    )
}

/// One word without its plural. Words whose `s` is no plural stay (`address`, `status`, `diagnosis`).
pub(super) fn singular(word: &str) -> String {
    let n = word.len();
    if !word.is_ascii() || n < 4 {
        return match word {
            "ids" => "id".into(),
            "ips" => "ip".into(),
            _ => word.into(),
        };
    }
    match word {
        "addresses" => return "address".into(),
        "diagnoses" => return "diagnosis".into(),
        "children" => return "child".into(),
        "people" => return "person".into(),
        "criteria" | "series" | "always" | "previous" | "lens" | "sms" | "dependents" | "cvs" => {
            return if word == "cvs" { "cv".into() } else { word.into() };
        }
        _ => {}
    }
    if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") || !word.ends_with('s') {
        return word.into();
    }
    if let Some(stem) = word.strip_suffix("ies")
        && n > 4
    {
        return if stem == "mov" || stem == "cook" { format!("{stem}ie") } else { format!("{stem}y") };
    }
    for tail in ["sses", "shes", "ches", "xes"] {
        if word.ends_with(tail) {
            return word[..n - 2].into();
        }
    }
    if word == "aliases" || word == "statuses" || word == "viruses" {
        return word[..n - 2].into();
    }
    word[..n - 1].into()
}

/// Abbreviations and words that programmers write together.
fn expand(word: &str) -> Vec<String> {
    let full: &[&str] = match word {
        "addr" => &["address"],
        "tel" | "fon" => &["telephone"],
        "pwd" | "pw" | "pass" => &["password"],
        "msg" => &["message"],
        "desc" | "descr" => &["description"],
        "fname" => &["first", "name"],
        "lname" => &["last", "name"],
        "usr" => &["user"],
        "cust" => &["customer"],
        "acct" => &["account"],
        "convo" => &["conversation"],
        "emp" => &["employee"],
        "attachement" => &["attachment"],
        "emailaddress" => &["email", "address"],
        "phonenumber" => &["phone", "number"],
        "userid" => &["user", "id"],
        "accountid" => &["account", "id"],
        "displayname" => &["display", "name"],
        "companyname" => &["company", "name"],
        "jobtitle" => &["job", "title"],
        "accesstoken" => &["access", "token"],
        "refreshtoken" => &["refresh", "token"],
        "creditcard" => &["credit", "card"],
        "dateofbirth" => &["date", "of", "birth"],
        "organisation" => &["organization"],
        "img" => &["image"],
        "loc" => &["location"],
        "lang" => &["language"],
        "questionnaire" => &["survey"],
        "params" => &["param"],
        "docs" => &["document"],
        "doc" => &["document"],
        "req" => &["request"],
        "res" | "resp" => &["response"],
        "ctx" => &["context"],
        "cfg" => &["config"],
        "perms" => &["permission"],
        _ => return vec![word.to_owned()],
    };
    full.iter().map(|w| (*w).to_owned()).collect()
}

/// Does `words` end with the phrase?
pub(super) fn ends_with(words: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty() && words.len() >= phrase.len() && words[words.len() - phrase.len()..] == *phrase
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn names_become_words() {
        for (name, words) in [
            ("userEmails2", "user email"),
            ("HTMLBody", "html body"),
            ("user_ID", "user id"),
            ("userIDs", "user id"),
            ("IUserMetadata", "user metadata"),
            ("address_line_1", "address line"),
            ("base64_image", "base64 image"),
            ("e-mail", "e mail"),
            ("Message_v2", "message v"),
            ("cc", "cc"),
            ("status", "status"),
            ("allergies", "allergy"),
            ("First Name", "first name"),
            ("ipAddress", "ip address"),
            ("OAuthToken", "o auth token"),
            ("fname", "first name"),
        ] {
            assert_eq!(split(name).join(" "), words, "{name}");
        }
    }
}
