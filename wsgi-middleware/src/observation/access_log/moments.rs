//! When a request began and ended. Clocks are read no more often than its line needs.

use std::time::{Duration, Instant, SystemTime};

use wsgi_core::{Environ, Ledger, Mark};

use super::slowness::waited;
use super::{Clock, Settings};

/// What is known of a request on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    begun: Begun,
    /// When the application returned, where blocks follow and the line tells of it.
    returned: Option<Instant>,
    /// What the request has waited before, where that counts.
    waited: Duration,
}

#[derive(Clone, Copy, Debug)]
enum Begun {
    /// The line tells no duration.
    Time(SystemTime),
    /// The time of day is reckoned back from the end.
    Instant(Instant),
    /// As a given clock has it; the phases are of the monotonic one.
    Given(SystemTime, Instant),
}

/// What is known of a request that has ended, and is to have a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// When it began.
    pub(super) time: SystemTime,
    pub(super) duration: Option<Duration>,
    /// How many lines were left out before this one.
    pub(super) suppressed: u64,
    /// When the application was called, when it returned, and when the response ended.
    instants: Option<[Instant; 3]>,
}

impl Moments {
    pub(super) fn begin(settings: &Settings, environ: &Environ) -> Self {
        let begun = match &settings.clock {
            Clock::Given(clock) => Begun::Given(clock(), Instant::now()),
            Clock::System if settings.tells_duration() => Begun::Instant(Instant::now()),
            Clock::System => Begun::Time(SystemTime::now()),
        };
        let waited = match &settings.slowness {
            Some(_) => environ.ledger().map(waited).unwrap_or_default(),
            None => Duration::ZERO,
        };
        Self {
            begun,
            returned: None,
            waited,
        }
    }

    /// The application has returned, and blocks follow.
    pub(super) fn note_return(&mut self, settings: &Settings) {
        self.returned = settings.timing.then(Instant::now);
    }

    /// The response has ended. `None` if there is to be no line.
    pub(super) fn end(self, settings: &Settings) -> Option<Measured> {
        let clock = &settings.clock;
        let (duration, instants) = match self.begun {
            Begun::Time(_) => (None, None),
            Begun::Instant(called) => {
                let ended = Instant::now();
                let duration = ended.saturating_duration_since(called);
                (Some(duration), Some((called, ended)))
            }
            Begun::Given(time, called) => {
                let duration = clock.now().duration_since(time).unwrap_or_default();
                (Some(duration), Some((called, Instant::now())))
            }
        };
        let taken = duration.unwrap_or_default();
        let suppressed = match &settings.slowness {
            None => 0,
            Some(slowness) if !slowness.is_reached(self.waited + taken) => return None,
            Some(slowness) => slowness.admit(clock.now())?,
        };
        let time = match self.begun {
            Begun::Time(time) | Begun::Given(time, _) => time,
            Begun::Instant(_) => {
                let now = clock.now();
                now.checked_sub(taken).unwrap_or(now)
            }
        };
        Some(Measured {
            time,
            duration,
            suppressed,
            instants: instants.map(|(called, ended)| {
                let returned = self.returned.unwrap_or(ended);
                [called, returned, ended]
            }),
        })
    }
}

impl Measured {
    /// The phases that the layer knows by itself.
    pub(super) fn ledger(&self) -> Option<Ledger> {
        let [called, returned, ended] = self.instants?;
        let mut ledger = Ledger::new(called);
        ledger.mark(Mark::Called, called);
        ledger.mark(Mark::Started, returned);
        ledger.mark(Mark::Ended, ended);
        Some(ledger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_time_is_that_of_the_beginning_also_where_it_is_reckoned_back() {
        let begun = Instant::now().checked_sub(MINUTE).unwrap();
        let moments = Moments {
            begun: Begun::Instant(begun),
            returned: None,
            waited: Duration::ZERO,
        };
        let measured = moments.end(&Settings::default()).unwrap();
        let duration = measured.duration.unwrap();
        assert!(duration >= MINUTE, "{duration:?}");
        let age = SystemTime::now().duration_since(measured.time).unwrap();
        assert!(age >= MINUTE, "{age:?}");
    }

    #[test]
    fn no_duration_is_measured_that_no_line_tells() {
        let environ = Environ::new();
        let measured = |format: &str, timing| {
            let settings = Settings {
                format: format.parse().unwrap(),
                timing,
                ..Settings::default()
            };
            let moments = Moments::begin(&settings, &environ);
            moments.end(&settings).unwrap().duration.is_some()
        };
        assert!(!measured("combined", false) && !measured("common", false));
        assert!(measured("combined", true) && measured("json", false));
        assert!(measured("%(T)s", false) && measured("%(L)s", false));
    }
}
