// What whoever deploys needs on the data plane, since nothing here takes keys: to write feature flags.

param configurationName string
param principalId string

@allowed([
  'User'
  'Group'
  'ServicePrincipal'
])
param principalType string

var roles = loadJsonContent('../../roles.json').deployer

resource configuration 'Microsoft.AppConfiguration/configurationStores@2024-06-01' existing = {
  name: configurationName
}

resource onConfiguration 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles.configuration: {
  name: guid(configuration.id, principalId, role.id)
  scope: configuration
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
  }
}]
