//! Records and judges the traffic of somebody else's client.
