//! Comparing bytes that have just been written.

/// Whether both are the same bytes.
///
/// What `==` calls for slices, the C library's `memcmp`, loads up to 64 bytes at once. From bytes that were just written in
/// smaller pieces the processor cannot forward them, and waits until they have reached the cache: some 80 ns here, for
/// a path of one byte as for a whole head. Eight bytes at a time it need not wait.
#[inline]
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    a.iter()
        .zip(b)
        .all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_comparison_of_slices() {
        let bytes: Vec<u8> = (0..40).collect();
        for length in 0..bytes.len() {
            let same = bytes[..length].to_vec();
            assert!(same_bytes(&same, &bytes[..length]));
            assert!(!same_bytes(&same, &bytes[..=length]));
            for at in 0..length {
                let mut other = same.clone();
                other[at] ^= 0x80;
                assert!(!same_bytes(&same, &other), "byte {at} of {length}");
            }
        }
    }
}
