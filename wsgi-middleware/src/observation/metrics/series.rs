//! All series, by their labels.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};

use super::histogram::Histogram;
use super::{METHODS, Settings};

/// What the label `http_response_status_code` of [`Metrics`](super::Metrics) has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusLabel {
    /// The code, as OpenTelemetry has it: `404`.
    #[default]
    Code,
    /// The class alone, for fewer series: `4xx`.
    Class,
}

/// `url_scheme`, as few as labels have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
    Other,
}

/// `error_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorType {
    None,
    /// The status tells.
    Status,
    Client,
    Application,
    Io,
    Misuse,
}

/// The labels but for the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) method: usize,
    pub(super) scheme: Scheme,
    /// The code, or the digit of its class.
    pub(super) status: u16,
    pub(super) error: ErrorType,
}

/// The histograms of one set of labels.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) durations: Histogram,
    pub(super) requests: Histogram,
    pub(super) responses: Histogram,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    all: RwLock<All>,
    /// What is beyond the limit.
    overflow: OnceLock<Series>,
    /// How many requests of each method and scheme have begun, and how many of them have ended.
    counts: [[[AtomicU64; 2]; 3]; METHODS],
}

#[derive(Debug, Default)]
pub(super) struct All {
    by_route: HashMap<Box<str>, OfRoute>,
    /// Those of requests without a route, which need not be looked up by name.
    routeless: OfRoute,
    count: usize,
}

/// A route has few series, so that a list is quicker than a map.
type OfRoute = Vec<(Key, Series)>;

impl StatusLabel {
    pub(super) fn of(self, code: u16) -> u16 {
        match self {
            Self::Code => code,
            Self::Class => code / 100,
        }
    }

    pub(super) fn told(self, status: u16) -> String {
        match self {
            Self::Code => status.to_string(),
            Self::Class => format!("{status}xx"),
        }
    }
}

impl Scheme {
    pub(super) const ALL: [Self; 3] = [Self::Http, Self::Https, Self::Other];

    pub(super) fn of(scheme: &str) -> Self {
        match scheme {
            "http" => Self::Http,
            "https" => Self::Https,
            _ => Self::Other,
        }
    }

    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Other => crate::observation::observed::OTHER,
        }
    }
}

impl Series {
    fn new(settings: &Settings) -> Self {
        Self {
            durations: Histogram::new(&settings.durations),
            requests: Histogram::new(&settings.sizes),
            responses: Histogram::new(&settings.sizes),
        }
    }
}

impl Store {
    pub(super) fn begun(&self, method: usize, scheme: Scheme) {
        self.counts[method][scheme as usize][0].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, method: usize, scheme: Scheme) {
        self.counts[method][scheme as usize][1].fetch_add(1, Ordering::Release);
    }

    /// How many requests have begun and not ended; `None` if there never were any.
    pub(super) fn active(&self, method: usize, scheme: Scheme) -> Option<u64> {
        let [begun, ended] = &self.counts[method][scheme as usize];
        // In this order, so that none has ended without having begun.
        let ended = ended.load(Ordering::Acquire);
        let begun = begun.load(Ordering::Relaxed);
        (begun > 0).then(|| begun.saturating_sub(ended))
    }

    /// Adds to the series of these labels. The route is empty where it is not known.
    pub(super) fn observe(
        &self,
        settings: &Settings,
        route: &str,
        key: Key,
        add: impl Fn(&Series),
    ) {
        let all = self.read();
        if let Some(series) = all.find(route, key) {
            return add(series);
        }
        let is_full = all.count >= settings.limit;
        drop(all);
        if is_full {
            return add(self.overflow.get_or_init(|| Series::new(settings)));
        }
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been quicker.
        if all.find(route, key).is_none() {
            all.insert(route, key, Series::new(settings));
        }
        if let Some(series) = all.find(route, key) {
            add(series);
        }
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, All> {
        self.all.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn overflow(&self) -> Option<&Series> {
        self.overflow.get()
    }
}

impl All {
    /// By the order of their routes; the empty one is that of requests without.
    pub(super) fn sorted(&self) -> Vec<(&str, &[(Key, Series)])> {
        let routed = self.by_route.iter();
        let mut routes: Vec<_> = routed.map(|(route, of)| (&**route, &**of)).collect();
        routes.push(("", &self.routeless));
        routes.sort_unstable_by_key(|(route, _)| *route);
        routes
    }

    fn find(&self, route: &str, key: Key) -> Option<&Series> {
        let found = match route {
            "" => &self.routeless,
            route => self.by_route.get(route)?,
        };
        let (_, series) = found.iter().find(|(known, _)| *known == key)?;
        Some(series)
    }

    fn insert(&mut self, route: &str, key: Key, series: Series) {
        let found = match route {
            "" => &mut self.routeless,
            route => self.by_route.entry(route.into()).or_default(),
        };
        found.push((key, series));
        self.count += 1;
    }
}
