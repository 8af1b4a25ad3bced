;; Reads numbers of a list, `12, 345.67, 8.9]`: integers and decimals of up to seven characters. Stops before anything
;; else; JavaScript reads that. `npm run wasm:renew` compiles this file to numbers-wasm.ts; wasm-numbers.ts calls it and
;; lays out the memory:
;;
;;   0    address behind the numbers that were written
;;   4    line feeds among the blanks that were passed
;;   8 n  powers of ten, 10^(n - 1)
;;   80   index behind the last of the line feeds
;;   128  the window: bytes of the file
(module
  (import "js" "memory" (memory 1))

  ;; Index of the first byte from $in on that is no blank.
  (func $blanks (param $in i32) (result i32)
    (local $byte i32)
    (local $other i64)
    (loop $next
      (local.set $byte (i32.load8_u offset=128 (local.get $in)))
      (if (i32.eq (local.get $byte) (i32.const 0x20))
        (then
          (local.set $other
            (i64.ctz (i64.xor (i64.load offset=128 align=1 (local.get $in)) (i64.const 0x2020202020202020))))
          (local.set $in (i32.add (local.get $in) (i32.wrap_i64 (i64.shr_u (local.get $other) (i64.const 3)))))
          (br $next)))
      (if (i32.eq (local.get $byte) (i32.const 0x0a))
        (then
          (local.set $in (i32.add (local.get $in) (i32.const 1)))
          (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
          (i32.store (i32.const 80) (local.get $in))
          (br $next)))
      (if (i32.or (i32.eq (local.get $byte) (i32.const 0x0d)) (i32.eq (local.get $byte) (i32.const 0x09)))
        (then
          (local.set $in (i32.add (local.get $in) (i32.const 1)))
          (br $next))))
    (local.get $in))

  ;; Reads from index $in of the window, writes doubles from address $out up to $limit. Returns the index behind the last
  ;; number and its comma or bracket.
  (func (export "read") (param $in i32) (param $out i32) (param $limit i32) (result i32)
    (local $text i64)   ;; eight bytes, the first one lowest
    (local $marks i64)  ;; a bit in each byte that is no digit
    (local $below i64)  ;; $marks with the lowest mark cleared and all bits below it set
    (local $point i64)  ;; place of the bit in the byte behind the integer: in the dot, if there is one
    (local $end i64)    ;; place of the bit in the byte behind the number
    (local $scale i64)  ;; address of the power of ten
    (local $digits i64)
    (local $shifted i64)
    (local $behind i32) ;; index of the byte behind the number
    (local $byte i32)

    (i32.store (i32.const 4) (i32.const 0))
    (block $stop
      (loop $next
        (br_if $stop (i32.ge_u (local.get $out) (local.get $limit)))
        (local.set $text (i64.load offset=128 align=1 (local.get $in)))

        (loop $again
          (block $unusual
            ;; Digits have bit 4, and a dot, a comma, a space and a minus have not. What has it and is no digit is found below.
            (local.set $marks
              (i64.and (i64.xor (local.get $text) (i64.const -1)) (i64.const 0x1010101010101010)))
            (local.set $below (i64.sub (local.get $marks) (i64.const 1)))
            (local.set $end (i64.ctz (i64.and (local.get $marks) (local.get $below))))
            (local.set $point (i64.ctz (local.get $marks)))

            ;; The values of the digits, the last digit in the highest byte, zeros below the first one.
            (local.set $digits (i64.xor (local.get $text) (i64.const 0x3030303030303030)))
            (if
              (i32.eq
                (i32.load8_u offset=128
                  (i32.add (local.get $in) (i32.wrap_i64 (i64.shr_u (local.get $point) (i64.const 3)))))
                (i32.const 0x2e))
              (then
                (br_if $unusual (i64.eq (local.get $end) (i64.const 64)))
                (local.set $scale (i64.sub (local.get $end) (local.get $point)))
                (br_if $unusual (i64.eq (local.get $scale) (i64.const 8))) ;; no digit behind the dot
                ;; The dot goes: what is above it moves down by a byte.
                (local.set $shifted (i64.shr_u (local.get $digits) (i64.const 8)))
                (local.set $digits
                  (i64.shl
                    (i64.xor
                      (local.get $shifted)
                      (i64.and
                        (i64.xor (local.get $digits) (local.get $shifted))
                        (i64.shr_u (i64.xor (local.get $marks) (local.get $below)) (i64.const 5))))
                    (i64.sub (i64.const 76) (local.get $end)))))
              (else
                (br_if $unusual (i64.eq (local.get $point) (i64.const 64)))
                (local.set $end (local.get $point))
                (local.set $scale (i64.const 8))
                (local.set $digits (i64.shl (local.get $digits) (i64.sub (i64.const 68) (local.get $end))))))

            ;; A value above 9, or above 9 when 0x76 is added, has bit 7.
            (br_if $unusual
              (i64.ne
                (i64.and
                  (i64.or (local.get $digits) (i64.add (local.get $digits) (i64.const 0x7676767676767676)))
                  (i64.const 0x8080808080808080))
                (i64.const 0)))
            ;; The first byte is a digit, and a zero only where it is all of the integer.
            (if (i32.lt_u (i32.and (i32.wrap_i64 (local.get $text)) (i32.const 0xff)) (i32.const 0x31))
              (then
                (br_if $stop (i32.ne (i32.and (i32.wrap_i64 (local.get $text)) (i32.const 0xff)) (i32.const 0x30)))
                (br_if $stop (i64.ne (local.get $point) (i64.const 12)))))

            ;; Eight digits to four pairs, two fours, one number, below 10^7. It and the power of ten are exact in a double, so
            ;; their quotient is the double next to the decimal number, as in JSON.parse.
            (local.set $digits
              (i64.and
                (i64.shr_u (i64.mul (local.get $digits) (i64.const 0xa01)) (i64.const 8)) ;; 10 * 2^8 + 1
                (i64.const 0x00ff00ff00ff00ff)))
            (local.set $digits
              (i64.and
                (i64.shr_u (i64.mul (local.get $digits) (i64.const 0x640001)) (i64.const 16)) ;; 100 * 2^16 + 1
                (i64.const 0x0000ffff0000ffff)))
            (local.set $digits
              (i64.shr_u (i64.mul (local.get $digits) (i64.const 0x271000000001)) (i64.const 32))) ;; 10000 * 2^32 + 1
            (f64.store
              (local.get $out)
              (f64.div (f64.convert_i64_s (local.get $digits)) (f64.load (i32.wrap_i64 (local.get $scale)))))

            (local.set $behind
              (i32.add (local.get $in) (i32.wrap_i64 (i64.shr_u (local.get $end) (i64.const 3)))))
            (local.set $byte (i32.load8_u offset=128 (local.get $behind)))
            (if (i32.le_u (local.get $byte) (i32.const 0x20))
              (then
                (local.set $behind (call $blanks (local.get $behind)))
                (local.set $byte (i32.load8_u offset=128 (local.get $behind)))))
            (if (i32.eq (local.get $byte) (i32.const 0x2c))
              (then
                (local.set $out (i32.add (local.get $out) (i32.const 8)))
                (local.set $in (i32.add (local.get $behind) (i32.const 1)))
                (local.set $byte (i32.load8_u offset=128 (local.get $in)))
                (br_if $next (i32.gt_u (local.get $byte) (i32.const 0x20)))
                ;; Blanks, mostly one space.
                (local.set $in (i32.add (local.get $in) (i32.eq (local.get $byte) (i32.const 0x20))))
                (br_if $next (i32.gt_u (i32.load8_u offset=128 (local.get $in)) (i32.const 0x20)))
                (local.set $in (call $blanks (local.get $in)))
                (br $next)))
            (br_if $stop (i32.ne (local.get $byte) (i32.const 0x5d)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (local.set $in (i32.add (local.get $behind) (i32.const 1)))
            (br $stop))

          ;; A bracket has bit 4, as digits have. Behind the last number of a list, the first one is made a comma in $text.
          (local.set $shifted (i64.xor (local.get $text) (i64.const 0x5d5d5d5d5d5d5d5d)))
          (local.set $marks
            (i64.and
              (i64.and
                (i64.sub (local.get $shifted) (i64.const 0x0101010101010101))
                (i64.xor (local.get $shifted) (i64.const -1)))
              (i64.const 0x8080808080808080)))
          (br_if $stop (i64.eqz (local.get $marks)))
          (local.set $text
            (i64.xor
              (local.get $text)
              (i64.shl (i64.const 0x71) (i64.sub (i64.ctz (local.get $marks)) (i64.const 7)))))
          (br $again))))

    (i32.store (i32.const 0) (local.get $out))
    (local.get $in)))
