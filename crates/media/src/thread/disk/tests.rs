use std::io::{Cursor, SeekFrom};

use super::*;

/// A disk with little room.
struct Cramped {
    bytes: Cursor<Vec<u8>>,
    room: u64,
}

impl Write for Cramped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.room.saturating_sub(self.bytes.position()).min(bytes.len() as u64);
        if left == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.write(&bytes[..left as usize])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Cramped {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// Goal: RELIABILITY F3. Method: every size of disk, down to the byte.
#[test]
fn a_full_disk_leaves_a_wav_that_says_what_it_holds() {
    let spec =
        WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    for room in 100..700 {
        let mut disk = Cramped { bytes: Cursor::new(Vec::new()), room };
        let mut wav = WavWriter::new(BufWriter::new(&mut disk), spec).unwrap();
        wav.flush().unwrap();
        let written = (0..4).take_while(|_| append(&mut wav, &[7; 100]).is_ok()).count();
        assert_eq!(written, (room as usize - 44) / 200);
        drop(wav);
        let bytes = disk.bytes.into_inner();
        if written > 0 {
            assert!(wav::read(&bytes).unwrap().len() >= 100 * written);
        }
        let read = hound::WavReader::new(Cursor::new(bytes)).unwrap();
        assert!(read.len() as usize >= 100 * written);
    }
}

#[test]
fn several_wavs_are_one_and_are_put_together_once() {
    let wave = |sample: i16| -> Arc<[u8]> {
        let spec =
            WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut bytes = Cursor::new(Vec::new());
        let mut wav = WavWriter::new(&mut bytes, spec).unwrap();
        append(&mut wav, &[sample; 3]).unwrap();
        wav.finalize().unwrap();
        bytes.into_inner().into()
    };
    let (one, two) = (wave(1), wave(2));
    let mut prompts = Prompts::default();
    let whole = prompts.waves(&[one.clone(), two.clone(), one.clone()].into()).unwrap();
    assert_eq!(*whole, [1, 1, 1, 2, 2, 2, 1, 1, 1]);
    let again = prompts.waves(&[one.clone(), two.clone(), one.clone()].into()).unwrap();
    assert!(Arc::ptr_eq(&whole, &again));
    assert_eq!(*prompts.waves(&[two, one].into()).unwrap(), [2, 2, 2, 1, 1, 1]);
    assert!(prompts.waves(&[].into()).is_err());
    assert!(prompts.waves(&[b"RIFF".as_slice().into()].into()).is_err());
}

#[test]
fn a_prompt_is_read_anew_when_its_file_changed() {
    let path: Arc<Path> =
        std::env::temp_dir().join(format!("ringplan-prompt-{}.wav", std::process::id())).into();
    let write = |samples: &[i16], changed: u64| {
        let (mut wav, file) = create(&path).unwrap();
        append(&mut wav, samples).unwrap();
        finish(wav, &file).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(changed)).unwrap();
    };
    let mut prompts = Prompts::default();
    write(&[1; 80], 1000);
    let first = prompts.file(&path).unwrap();
    assert!(Arc::ptr_eq(&first, &prompts.file(&path).unwrap()));
    write(&[2; 80], 2000);
    assert_eq!(*prompts.file(&path).unwrap(), [2; 80]);
    fs::remove_file(&path).unwrap();
    assert!(prompts.file(&path).unwrap_err().contains("No such file"));
}
