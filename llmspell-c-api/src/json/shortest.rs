//! The shortest decimal of a double.

/// Digits and power of ten of a finite number without its sign; the digits do not end in 0 unless they are 0.
pub(super) fn decimal(number: f64) -> (u64, i32) {
    let mut buffer = zmij::Buffer::new();
    let (mut digits, mut exponent, mut fraction) = (0u64, 0i32, false);
    let mut text = buffer.format_finite(number.abs()).bytes();
    while let Some(byte) = text.next() {
        match byte {
            b'0'..=b'9' => {
                digits = digits.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                exponent -= i32::from(fraction);
            }
            b'.' => fraction = true,
            _ => {
                exponent += power(text);
                break;
            }
        }
    }
    if digits == 0 {
        return (0, 0);
    }
    while digits.is_multiple_of(10) {
        digits /= 10;
        exponent += 1;
    }
    (digits, exponent)
}

/// What follows the `e`.
fn power(text: std::str::Bytes<'_>) -> i32 {
    let (mut size, mut sign) = (0, 1);
    for byte in text {
        match byte {
            b'-' => sign = -1,
            b'0'..=b'9' => size = size * 10 + i32::from(byte - b'0'),
            _ => {}
        }
    }
    sign * size
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn digits_are_the_fewest_that_read_back() {
        for (number, expected) in [
            (0.0, (0, 0)),
            (-0.0, (0, 0)),
            (1.0, (1, 0)),
            (-45.67, (4567, -2)),
            (0.1 + 0.2, (30_000_000_000_000_004, -17)),
            (1e300, (1, 300)),
            (123e-9, (123, -9)),
            (5e-324, (5, -324)),
            (f64::MAX, (17_976_931_348_623_157, 292)),
            (1e16, (1, 16)),
            (18_446_744_073_709_551_616.0, (18_446_744_073_709_552, 3)),
        ] {
            assert_eq!(decimal(number), expected, "{number}");
        }
    }

    #[test]
    fn every_double_reads_back() {
        // The bits of a row of fractions, so that exponents and digits of all kinds come.
        let mut bits = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(bits);
            if number.is_finite() {
                let (digits, exponent) = decimal(number);
                assert_eq!(format!("{digits}e{exponent}").parse::<f64>().unwrap(), number.abs());
            }
        }
    }
}
