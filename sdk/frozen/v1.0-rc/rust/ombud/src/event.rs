//! Checked reading of events and records. Nothing that a blob says about itself is believed.

use crate::abi;
use crate::error::{Code, Error, Result};
use std::marker::PhantomData;
use std::mem::size_of;

const SIZE_MAX: usize = 65536;

/// One event or record, borrowed from the host for the length of a call. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    bytes: &'a [u8],
    head: abi::Event,
}

/// A field's value. Types of a newer minor are `Other`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    I64(i64),
    U64(u64),
    F64(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field<'a> {
    pub key: u32,
    pub is_personal: bool,
    pub value: Value<'a>,
}

fn malformed(what: &str) -> Error {
    Error::new(Code::InvalidInput, format!("event: {what}"))
}

fn read<T: Copy>(bytes: &[u8], at: usize) -> Option<T> {
    let end = at.checked_add(size_of::<T>())?;
    let part = bytes.get(at..end)?;
    // The bytes are there, and every bit pattern is a T: all of them are plain numbers.
    Some(unsafe { std::ptr::read_unaligned(part.as_ptr() as *const T) })
}

impl<'a> Event<'a> {
    /// # Safety
    /// `event` is null, or its `total_size` bytes can be read for `'a`.
    pub unsafe fn open(event: *const abi::Event) -> Result<Event<'a>> {
        if event.is_null() || (event as usize) % 8 != 0 {
            return Err(malformed("no blob, or one that is not 8-byte aligned"));
        }
        let size = unsafe { (*event).total_size } as usize;
        if !(size_of::<abi::Event>()..=SIZE_MAX).contains(&size) {
            return Err(malformed("its size is out of range"));
        }
        Event::from_bytes(unsafe { std::slice::from_raw_parts(event as *const u8, size) })
    }

    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Result<Event<'a>> {
        let head: abi::Event = read(bytes, 0).ok_or_else(|| malformed("shorter than its head"))?;
        let head_size = head.struct_size as usize;
        if head.total_size as usize != bytes.len() || head_size < size_of::<abi::Event>() || head_size > bytes.len() {
            return Err(malformed("struct_size or total_size is out of range"));
        }
        if bytes[size_of::<abi::Event>()..head_size].iter().any(|&byte| byte != 0) {
            return Err(Error::new(Code::TooNew, "event: its head has members that this SDK does not know"));
        }
        let stride = head.field_stride as usize;
        let fields_end = head.field_off as u64 + head.field_count as u64 * stride as u64;
        if head.type_id == 0 {
            return Err(malformed("no type"));
        }
        if head.field_count > 0
            && (stride < size_of::<abi::Field>() || stride % 8 != 0 || (head.field_off as usize) < head_size || fields_end > bytes.len() as u64)
        {
            return Err(malformed("its fields lie outside of it"));
        }
        let event = Event { bytes, head };
        for index in 0..head.field_count as usize {
            event.field_at(index)?;
        }
        Ok(event)
    }

    /// Number of its type's name ([`crate::Host::name_id`]).
    pub fn type_id(&self) -> u32 {
        self.head.type_id
    }
    /// When it happened, as the source tells.
    pub fn utc_ns(&self) -> i64 {
        self.head.utc_ns
    }
    pub fn seq(&self) -> u64 {
        self.head.seq
    }
    pub fn is_redelivery(&self) -> bool {
        self.head.flags & 1 != 0
    }
    pub fn is_synthetic(&self) -> bool {
        self.head.flags & 2 != 0
    }

    fn field_at(&self, index: usize) -> Result<Field<'a>> {
        let at = self.head.field_off as usize + index * self.head.field_stride as usize;
        let raw: abi::Field = read(self.bytes, at).ok_or_else(|| malformed("a field lies outside of it"))?;
        // All members of the union are plain numbers of the same 8 bytes.
        let span = || -> Result<&'a [u8]> {
            let abi::Span { off, len } = unsafe { raw.v.s };
            let end = off as u64 + len as u64;
            if end > self.bytes.len() as u64 {
                return Err(malformed("a text or bytes field ends behind it"));
            }
            Ok(&self.bytes[off as usize..end as usize])
        };
        let value = match raw.field_type {
            1 => Value::I64(unsafe { raw.v.i }),
            2 => Value::U64(unsafe { raw.v.u }),
            3 => Value::F64(unsafe { raw.v.d }),
            4 => Value::Text(std::str::from_utf8(span()?).map_err(|_| malformed("a text field is not UTF-8"))?),
            5 => Value::Bytes(span()?),
            _ => Value::Other,
        };
        Ok(Field { key: raw.key_id, is_personal: raw.flags & 1 != 0, value })
    }

    /// All fields, in their order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + '_ {
        (0..self.head.field_count as usize).filter_map(move |index| self.field_at(index).ok())
    }

    /// The first field of that key; none for key 0.
    pub fn find(&self, key: u32) -> Option<Value<'a>> {
        self.fields().find(|field| key != 0 && field.key == key).map(|field| field.value)
    }
    pub fn text(&self, key: u32) -> Option<&'a str> {
        match self.find(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
    /// Also a U64 that fits.
    pub fn i64(&self, key: u32) -> Option<i64> {
        match self.find(key)? {
            Value::I64(number) => Some(number),
            Value::U64(number) => i64::try_from(number).ok(),
            _ => None,
        }
    }
}

/// A media packet, borrowed for the length of a call.
#[derive(Clone, Copy)]
pub struct Packet<'a> {
    pub raw: abi::Packet,
    lifetime: PhantomData<&'a [u8]>,
}

impl<'a> Packet<'a> {
    pub(crate) unsafe fn open(packet: *const abi::Packet) -> Option<Packet<'a>> {
        if packet.is_null() || unsafe { (*packet).struct_size } < size_of::<abi::Packet>() as u32 {
            return None;
        }
        Some(Packet { raw: unsafe { *packet }, lifetime: PhantomData })
    }
    pub fn data(&self) -> &'a [u8] {
        unsafe { crate::view::bytes(self.raw.data) }
    }
    pub fn extradata(&self) -> &'a [u8] {
        unsafe { crate::view::bytes(self.raw.extradata) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob() -> Vec<u8> {
        let mut bytes = vec![0u8; 88 + 16 + 8];
        let put = |bytes: &mut Vec<u8>, at: usize, value: u32| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        for (at, value) in [(0, 88), (4, 112), (8, 1), (12, 1), (20, 88), (24, 1), (28, 16), (88, 7), (96, 104), (100, 3)] {
            put(&mut bytes, at, value);
        }
        bytes[92] = 4; // text
        bytes[104..107].copy_from_slice(b"abc");
        bytes
    }

    #[test]
    fn a_text_is_found_by_its_key() {
        let bytes = blob();
        assert_eq!(Event::from_bytes(&bytes).unwrap().text(7), Some("abc"));
        assert_eq!(Event::from_bytes(&bytes).unwrap().text(8), None);
    }

    #[test]
    fn any_changed_byte_is_read_or_refused_without_a_panic() {
        for at in 0..blob().len() {
            for value in [0u8, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = blob();
                bytes[at] = value;
                if let Ok(event) = Event::from_bytes(&bytes) {
                    assert!(event.fields().count() <= 1);
                }
            }
        }
    }

    #[test]
    fn a_text_behind_the_end_and_one_that_is_not_utf8_are_refused() {
        let mut bytes = blob();
        bytes[100] = 200;
        assert_eq!(Event::from_bytes(&bytes).err().unwrap().code, Code::InvalidInput);
        bytes = blob();
        bytes[104] = 0xff;
        assert_eq!(Event::from_bytes(&bytes).err().unwrap().code, Code::InvalidInput);
    }
}
