//! Our protocols against implementations that we did not write.
