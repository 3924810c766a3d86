// What whoever deploys needs on the data plane, since nothing here takes keys: to write feature flags.

param configurationName string
param principalId string

@allowed([
  'User'
  'Group'
  'ServicePrincipal'
])
param principalType string

var configurationDataOwner = '5ae67dd6-50cb-40e7-96ff-dc2bfa4b606b'

resource configuration 'Microsoft.AppConfiguration/configurationStores@2024-06-01' existing = {
  name: configurationName
}

resource onConfiguration 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(configuration.id, principalId, configurationDataOwner)
  scope: configuration
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', configurationDataOwner)
  }
}
