//! typed client of the Hindsight HTTP API
