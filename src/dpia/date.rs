//! Dates, as far as this needs them: the day of the run, and how many days lie between two.

use anyhow::bail;

/// Days since 1970-01-01 of `2026-11-22`.
pub(crate) fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let mut next = |width: usize| parts.next().filter(|p| p.len() == width)?.parse::<i64>().ok();
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last of a year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (m * 153 + 2) / 5 + day - 719_469)
}

/// The day of so many seconds since 1970.
pub(crate) fn of_seconds(seconds: i64) -> String {
    let day = seconds.div_euclid(86_400) + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day - era * 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * m + 2) / 5 + 1, if m < 10 { m + 3 } else { m - 9 });
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day of the run: `--date`, or `SOURCE_DATE_EPOCH`, or the clock.
///
/// # Errors
/// If what is given is no date, or no number of seconds.
pub fn today(given: Option<&str>, epoch: Option<&str>) -> anyhow::Result<String> {
    if let Some(date) = given {
        if days(date).is_none() {
            bail!("`{date}` is no date; write it as 2026-11-22");
        }
        return Ok(date.to_owned());
    }
    if let Some(epoch) = epoch {
        let Ok(seconds) = epoch.parse::<u32>() else {
            bail!("SOURCE_DATE_EPOCH is `{epoch}`; it must be a number of seconds since 1970");
        };
        return Ok(of_seconds(i64::from(seconds)));
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Ok(of_seconds(now.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2024-03-01").unwrap() - days("2024-02-28").unwrap(), 2);
        assert_eq!(days("2026-11-22").unwrap() - days("2026-08-05").unwrap(), 109);
        assert_eq!([days("2026-13-01"), days("26-01-01"), days("soon")], [None, None, None]);
        for seconds in [0, 951_782_400, 1_795_305_600, 4_102_444_800] {
            assert_eq!(days(&of_seconds(seconds)), Some(seconds / 86_400));
        }
        assert_eq!(of_seconds(951_782_400), "2000-02-29");
    }

    #[test]
    fn the_day_of_the_run_can_be_given() {
        assert_eq!(today(Some("2026-11-22"), Some("0")).unwrap(), "2026-11-22");
        assert_eq!(today(None, Some("86400")).unwrap(), "1970-01-02");
        assert!(today(Some("22.11.2026"), None).is_err());
        assert!(today(None, Some("yesterday")).unwrap_err().to_string().contains("SOURCE_DATE_EPOCH"));
    }
}
