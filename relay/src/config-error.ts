/** What the operator wrote cannot be used. The message says which field, and is shown as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
