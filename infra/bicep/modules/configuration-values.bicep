// The feature flags of infra/feature-flags.json, each created once: whoever switched one finds it switched after a deployment.

param storeName string

var flags = loadJsonContent('../../feature-flags.json')

resource store 'Microsoft.AppConfiguration/configurationStores@2024-06-01' existing = {
  name: storeName
}

@onlyIfNotExists()
resource featureFlags 'Microsoft.AppConfiguration/configurationStores/keyValues@2024-06-01' = [for flag in flags: {
  parent: store
  // ~2F is how Resource Manager writes the slash in a key.
  name: '.appconfig.featureflag~2F${flag.id}'
  properties: {
    value: string(flag)
    contentType: 'application/vnd.microsoft.appconfig.ff+json;charset=utf-8'
  }
}]
