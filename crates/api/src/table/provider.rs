//! Providers, their keys and their models.

use crate::commands::{import, local, models, provider};
use crate::wire::*;

commands! {
    /// All providers, presets and keys found in the environment.
    read "provider.list" provider::list: Empty => ProviderList, ["providers"];
    /// Keeps a provider.
    write "provider.save" provider::save: SaveProvider => ProviderView, ["providers", "models"];
    /// Deletes a provider and its key.
    write "provider.delete" provider::delete: ProviderRef => Done, ["providers", "models"];
    /// Deletes a provider's key.
    write "provider.clearKey" provider::clear_key: ProviderRef => Done, ["providers"];
    /// Checks a provider.
    read "provider.check" provider::check: CheckProvider => ProviderCheck, [];
    /// Lists a provider's models.
    read "provider.models" models::models: ListModels => ModelList, ["models"];
    /// Looks for model servers on this computer.
    read "provider.findLocal" local::find_local: Empty => LocalServers, [];
    /// Names the keys that a `.env` file holds.
    read "provider.lookIntoEnvFile" import::look_into_env_file: LookIntoEnvFile => EnvFile, [];
    /// Takes a key from the environment or from a `.env` file.
    write "provider.importKey" import::import_key: ImportKey => ProviderView, ["providers", "models"];
    /// All models that can be chosen, from the last lists.
    read "model.list" models::model_list: Empty => ModelList, ["models", "providers"];
}
