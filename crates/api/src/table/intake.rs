//! Bringing memory in and taking it out.

use crate::commands::intake::{batch, outlet, sample, upload};
use crate::wire::*;
use rearview_curate::intake::{Batch, Glance};

commands! {
    /// Begins a file that comes from the page in slices.
    write "upload.begin" upload::begin: BeginUpload => Upload, [];
    /// Adds a slice of a file.
    write "upload.append" upload::append: AppendUpload => Upload, [];
    /// Says that all of a file has come; its id is handed to what reads it.
    write "upload.finish" upload::finish: UploadRef => UploadedFile, [];
    /// Removes a file that is not wanted any more.
    write "upload.discard" upload::discard: UploadRef => Done, [];

    /// Looks into a file: whose export it is, and which conversations are in it.
    read "intake.glance" batch::glance: GlanceAt => Glance, [];
    /// Reads a part of a plan without storing anything.
    stream "intake.sample" sample::sample: SampleIntake => SampleEvent, [];
    /// Brings memory in, in the background.
    write "intake.start" batch::start: StartIntake => Batch, ["batches"];
    /// All that was brought in.
    read "intake.batches" batch::batches: Empty => BatchList, ["batches"];
    /// Stops a batch; it can go on.
    write "intake.stop" batch::stop: BatchRef => Done, ["batches"];
    /// Lets a batch go on, or tries again what failed.
    write "intake.resume" batch::resume: BatchRef => Batch, ["batches"];
    /// Takes a batch out of memory again, in the background.
    write "intake.undo" batch::undo: BatchRef => Batch, ["batches"];
    /// Forgets a batch; what it brought in stays.
    write "intake.forget" batch::forget: BatchRef => Done, ["batches"];
    /// Writes facts into a file.
    stream "memory.takeOut" outlet::take_out: TakeOut => OutletEvent, [];
}
