// The flags of infra/feature-flags.json and the values of infra/configuration.json, each created once: whoever changed one finds it changed after a deployment.

param storeName string

var flags = loadJsonContent('../../feature-flags.json')
var values = loadJsonContent('../../configuration.json')

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

@onlyIfNotExists()
resource plainValues 'Microsoft.AppConfiguration/configurationStores/keyValues@2024-06-01' = [for item in values: {
  parent: store
  // ~3A is how Resource Manager writes the colon.
  name: replace(item.key, ':', '~3A')
  properties: {
    value: string(item.value)
    contentType: item.contentType
  }
}]
