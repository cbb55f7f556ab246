//! What was sent, seen and delivered, and how secrets become stable stand-ins.
